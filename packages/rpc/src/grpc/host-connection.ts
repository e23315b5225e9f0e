import type { Duplex } from 'node:stream';
import { abortError, onAbort, type Clock } from '@kubernode/base';
import { ClientConnection } from '../http2/client-connection.ts';
import { encodeFields } from '../http2/hpack/header-encoder.ts';
import type { FailureError } from './call-failure.ts';
import { MessageStream } from './message-stream.ts';
import { SessionPulse, type PulsePatience } from './session-pulse.ts';
import { UnaryCall } from './unary-call.ts';

/** The errors that callers of a service know. */
export interface HostErrors<E extends Error> {
  of: FailureError<E>;
  /** No way there could be opened. */
  unreachable(cause: unknown): E;
  /** `mayHaveLeft`: the other side may have begun with it. */
  timedOut(path: string, mayHaveLeft: boolean): E;
}

export interface HostConnectionOptions<E extends Error> {
  scheme: 'http' | 'https';
  authority: string;
  /** Opens the way there, for each connection anew; may throw. */
  dial(): { socket: Duplex; readyEvent: 'connect' | 'secureConnect' };
  /** Until the other side has spoken: the kernel accepts connections also for a process that is frozen, ms. As long as each call has, when absent. */
  connectTimeoutMs?: number;
  /** Absent for the other side of a socket on the same host: the kernel tells when it is gone, and services of gRPC for Go hang up on who asks too often. */
  patience?: PulsePatience;
  errors: HostErrors<E>;
  clock: Clock;
}

export interface HostCall {
  /** `/PACKAGE.SERVICE/METHOD`. */
  path: string;
  /** With gRPC's five bytes before it. */
  body: Buffer;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  /** Further header fields, encoded. */
  fields?: readonly Buffer[];
}

export interface HostStream {
  fields?: readonly Buffer[];
  /** Whether the other side must show that it lives for as long as the stream lasts. */
  isFelt?: boolean;
}

/** How often it is looked whether the time of a call is over: one timer for all of them. */
const DEADLINE_TICK_MS = 50;

/** One connection and what is known of it. */
interface Session {
  readonly http2: ClientConnection;
  readonly pulse: SessionPulse | undefined;
}

/**
 * gRPC to one host over one HTTP/2 connection, opened by the first call and again after it broke. By hand: a call is one small object, its
 * header block was put together long before, all calls of a moment leave in one write, and it is known whether a failed call may have left.
 */
export class HostConnection<E extends Error> {
  readonly #options: HostConnectionOptions<E>;
  readonly #heads = new Map<string, Buffer>();
  readonly #calls = new Set<UnaryCall>();
  #timeout: { ms: number; field: Buffer } = { ms: 0, field: Buffer.alloc(0) };
  #session: Session | undefined;
  #isTicking = false;

  constructor(options: HostConnectionOptions<E>) { this.#options = options; }

  /** The answer's message. Rejects with an error of the service, or an AbortError. */
  unary({ path, body, signal, timeoutMs, fields = [] }: HostCall): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) { reject(abortError(signal)); return; }
      const { clock, errors } = this.#options;
      let session: Session;
      try { session = this.#liveSession(); } catch (error) { reject(errors.unreachable(error)); return; }
      const { pulse, http2 } = session;
      let link: Disposable | undefined;
      const call = new UnaryCall({
        deadlineMs: clock.monotonicNow() + timeoutMs, path, resolve, reject,
        errorOf: errors.of,
        onSettled: (settled) => {
          this.#calls.delete(settled);
          pulse?.end();
          link?.[Symbol.dispose]();
        },
      });
      pulse?.begin();
      this.#calls.add(call);
      call.begin(http2.open([this.#head(path), ...fields, this.#timeoutField(Math.ceil(timeoutMs))], call), body);
      if (signal !== undefined) link = onAbort(signal, () => call.giveUp(abortError(signal)));
      this.#tick();
    });
  }

  /** A stream of messages, one way or both. Throws an error of the service. */
  stream(path: string, { fields = [], isFelt = false }: HostStream = {}): MessageStream<E> {
    const { errors } = this.#options;
    let session: Session;
    try { session = this.#liveSession(); } catch (error) { throw errors.unreachable(error); }
    const { pulse, http2 } = session;
    const stream = new MessageStream(errors.of, isFelt ? () => pulse?.end() : undefined);
    if (isFelt) pulse?.begin();
    stream.begin(http2.open([this.#head(path), ...fields], stream));
    return stream;
  }

  close(): void {
    this.#session?.http2.destroy(new Error('the client was closed'));
    this.#session = undefined;
  }

  #liveSession(): Session {
    if (this.#session?.http2.isOpen === true) return this.#session;
    const { dial, clock, connectTimeoutMs, patience } = this.#options;
    const http2 = new ClientConnection({
      ...dial(),
      onHello: () => timer?.[Symbol.dispose](),
      onArrival: () => pulse?.felt(),
      onClosing: () => { timer?.[Symbol.dispose](); if (this.#session === session) this.#session = undefined; }, // calls under way may still finish; new ones go elsewhere
    });
    const pulse = patience === undefined ? undefined : new SessionPulse(http2, clock, patience);
    const session: Session = { http2, pulse };
    const timer = connectTimeoutMs === undefined ? undefined : clock.after(connectTimeoutMs, () => http2.destroy(new Error('connecting timed out')));
    this.#session = session;
    http2.start();
    return session;
  }

  /** A request's header block but for what differs from call to call. */
  #head(path: string): Buffer {
    const known = this.#heads.get(path);
    if (known !== undefined) return known;
    const { scheme, authority } = this.#options;
    const head = encodeFields([[':method', 'POST'], [':scheme', scheme], [':path', path], [':authority', authority], ['content-type', 'application/grpc'], ['te', 'trailers']]);
    this.#heads.set(path, head);
    return head;
  }

  #timeoutField(ms: number): Buffer {
    if (this.#timeout.ms !== ms) this.#timeout = { ms, field: encodeFields([['grpc-timeout', `${ms}m`]]) };
    return this.#timeout.field;
  }

  /** Looks for calls whose time is over, as long as there are calls. */
  #tick(): void {
    if (this.#isTicking || this.#calls.size === 0) return;
    this.#isTicking = true;
    const { clock, errors } = this.#options;
    clock.after(DEADLINE_TICK_MS, () => {
      this.#isTicking = false;
      const now = clock.monotonicNow();
      for (const call of [...this.#calls]) if (call.deadlineMs <= now) call.giveUp(errors.timedOut(call.path, call.mayHaveLeft));
      this.#tick();
    });
  }
}

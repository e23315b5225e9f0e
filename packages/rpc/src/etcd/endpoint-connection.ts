import { readFileSync } from 'node:fs';
import { connect as connectPlain, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { abortError, onAbort, type Clock } from '@kubernode/base';
import type { CallFailure } from '../grpc/call-failure.ts';
import { MessageStream } from '../grpc/message-stream.ts';
import { UnaryCall } from '../grpc/unary-call.ts';
import { ClientConnection } from '../http2/client-connection.ts';
import { encodeFields } from '../http2/hpack/header-encoder.ts';
import { EtcdError, etcdErrorOf } from './etcd-error.ts';
import { SessionPulse } from './session-pulse.ts';

/** Files of the certificates; read at each connecting, so renewed ones are taken up. */
export interface EtcdTlsFiles {
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** Reads one; from the disk when absent. For those who know better than the disk what can be used. */
  read?: ((file: string) => string | Buffer) | undefined;
}

export interface UnaryRequest {
  path: string;
  body: Buffer;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  /** A member that has lost its leader says so, instead of keeping the call until its time is over. */
  requireLeader?: boolean | undefined;
  traceparent?: string | undefined;
}

/** Until etcd has spoken: the kernel accepts connections also for a process that is frozen. */
const CONNECT_TIMEOUT_MS = 2_000;
/** How often it is looked whether the time of a call is over: one timer for all of them. */
const DEADLINE_TICK_MS = 50;
const REQUIRE_LEADER: Buffer = encodeFields([['hasleader', 'true']]);

/** One connection and what is known of it. */
interface Session {
  readonly http2: ClientConnection;
  readonly pulse: SessionPulse;
}

/**
 * One endpoint of etcd over one HTTP/2 connection, opened by the first call and again after it broke. gRPC by hand: a call is one small
 * object, its header block was put together long before, all calls of a moment leave in one write, and it is known whether a failed call
 * may have left.
 */
export class EndpointConnection {
  readonly #url: URL;
  readonly #tls: EtcdTlsFiles;
  readonly #clock: Clock;
  readonly #heads = new Map<string, Buffer>();
  readonly #calls = new Set<UnaryCall>();
  #timeout: { ms: number; field: Buffer } = { ms: 0, field: Buffer.alloc(0) };
  #session: Session | undefined;
  #isTicking = false;
  readonly #errorOf = (failure: CallFailure): EtcdError => etcdErrorOf(failure, this.#url.host);

  constructor({ url, tls, clock }: { url: URL; tls: EtcdTlsFiles; clock: Clock }) { this.#url = url; this.#tls = tls; this.#clock = clock; }

  /** The answer's message. Rejects with an EtcdError, or an AbortError. */
  unary({ path, body, signal, timeoutMs, requireLeader = false, traceparent }: UnaryRequest): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) { reject(abortError(signal)); return; }
      let session: Session;
      try { session = this.#liveSession(); } catch (error) { reject(unreachable(error)); return; }
      const { pulse, http2 } = session;
      let link: Disposable | undefined;
      const call = new UnaryCall({
        deadlineMs: this.#clock.monotonicNow() + timeoutMs, path, resolve, reject,
        errorOf: this.#errorOf,
        onSettled: (settled) => {
          this.#calls.delete(settled);
          pulse.end();
          link?.[Symbol.dispose]();
        },
      });
      pulse.begin();
      this.#calls.add(call);
      const timeout = this.#timeoutField(Math.ceil(timeoutMs));
      const head = requireLeader ? [this.#head(path), REQUIRE_LEADER, timeout] : [this.#head(path), timeout];
      if (traceparent !== undefined) head.push(encodeFields([['traceparent', traceparent]]));
      call.begin(http2.open(head, call), body);
      if (signal !== undefined) link = onAbort(signal, () => call.giveUp(abortError(signal)));
      this.#tick();
    });
  }

  /** A stream of messages, one way or both. Throws an EtcdError. */
  stream(path: string, { requireLeader = true }: { requireLeader?: boolean } = {}): MessageStream<EtcdError> {
    let session: Session;
    try { session = this.#liveSession(); } catch (error) { throw unreachable(error); }
    const stream = new MessageStream(this.#errorOf);
    stream.begin(session.http2.open(requireLeader ? [this.#head(path), REQUIRE_LEADER] : [this.#head(path)], stream));
    return stream;
  }

  close(): void {
    this.#session?.http2.destroy(new Error('the client was closed'));
    this.#session = undefined;
  }

  #liveSession(): Session {
    if (this.#session?.http2.isOpen === true) return this.#session;
    const isTls = this.#url.protocol === 'https:';
    const socket = isTls ? this.#connectTls() : connectPlain({ ...this.#address(), noDelay: true });
    const http2 = new ClientConnection({
      socket, readyEvent: isTls ? 'secureConnect' : 'connect',
      onHello: () => timer[Symbol.dispose](),
      onArrival: () => pulse.felt(),
      onClosing: () => { timer[Symbol.dispose](); if (this.#session === session) this.#session = undefined; }, // calls under way may still finish; new ones go elsewhere
    });
    const pulse = new SessionPulse(http2, this.#clock);
    const session: Session = { http2, pulse };
    const timer = this.#clock.after(CONNECT_TIMEOUT_MS, () => http2.destroy(new Error('connecting timed out')));
    this.#session = session;
    http2.start();
    return session;
  }

  #address(): NetConnectOpts {
    if (this.#url.protocol === 'unix:') return { path: decodeURIComponent(this.#url.pathname) };
    return this.#hostAndPort();
  }

  #hostAndPort(): { host: string; port: number } {
    const { hostname, port, protocol } = this.#url;
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port) };
  }

  #connectTls(): TLSSocket {
    const { caFile, certFile, keyFile, read = readFileSync } = this.#tls;
    const address = this.#hostAndPort();
    const socket: Socket & TLSSocket = connectTls({
      ...address, minVersion: 'TLSv1.2', ALPNProtocols: ['h2'], ...(isIP(address.host) === 0 && { servername: address.host }),
      ...(caFile !== undefined && { ca: read(caFile) }), ...(certFile !== undefined && { cert: read(certFile) }), ...(keyFile !== undefined && { key: read(keyFile) }),
    });
    socket.setNoDelay(true);
    socket.once('secureConnect', () => { if (socket.alpnProtocol !== 'h2') socket.destroy(new Error('the other side does not speak HTTP/2')); });
    return socket;
  }

  /** A request's header block but for what differs from call to call. */
  #head(path: string): Buffer {
    const known = this.#heads.get(path);
    if (known !== undefined) return known;
    const head = encodeFields([
      [':method', 'POST'], [':scheme', this.#url.protocol === 'https:' ? 'https' : 'http'], [':path', path], [':authority', this.#url.host === '' ? 'localhost' : this.#url.host], ['content-type', 'application/grpc'], ['te', 'trailers'],
    ]);
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
    this.#clock.after(DEADLINE_TICK_MS, () => {
      this.#isTicking = false;
      const now = this.#clock.monotonicNow();
      for (const call of [...this.#calls]) if (call.deadlineMs <= now) call.giveUp(this.#timedOut(call));
      this.#tick();
    });
  }

  #timedOut({ path, mayHaveLeft }: UnaryCall): EtcdError {
    return new EtcdError({ code: 'deadlineExceeded', message: `no answer from ${this.#url.host} to ${path} in time`, fateUnknown: mayHaveLeft });
  }
}

function unreachable(cause: unknown): EtcdError {
  return new EtcdError({ code: 'unavailable', message: cause instanceof Error ? cause.message : String(cause), cause });
}

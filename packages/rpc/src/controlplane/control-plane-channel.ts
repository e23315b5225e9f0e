import { connect } from 'node:net';
import { errorMessage, type Clock } from '@kubernode/base';
import type { CallFailure } from '../grpc/call-failure.ts';
import { addressOf, dialTls } from '../grpc/dial-tls.ts';
import { HostConnection, type HostConnectionOptions } from '../grpc/host-connection.ts';
import type { MessageStream } from '../grpc/message-stream.ts';
import { encodeFields } from '../http2/hpack/header-encoder.ts';
import { MalformedMessageError } from '../protobuf/message-reader.ts';
import { decodeCallResponse, decodeLeaseState, decodeWatchFrame, encodeCall, encodeHold } from './control-plane-messages.ts';
import type { CallRequest, CallResponse, LeaseHold, LeaseState, WatchFrame } from './messages.ts';

export interface ControlPlaneChannelOptions {
  /** `HOST:PORT` of an API server or of what balances between them. */
  address: string;
  /** PEM texts. Without `ca` the link is plain text, for tests on one machine. */
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  /** The name to expect in the server's certificate, if not the host's. */
  serverName?: string | undefined;
  /** Sent with each call, as gRPC's metadata. */
  metadata?: Readonly<Record<string, string>>;
  clock: Clock;
}

export interface ControlPlaneCall { signal?: AbortSignal | undefined; timeoutMs: number; traceparent?: string | undefined }

/** No answer was made. */
export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';
  /** Whether the server may have acted on the request before the fault. */
  readonly maybeSent: boolean;

  constructor(message: string, { maybeSent, cause }: { maybeSent: boolean; cause?: unknown }) {
    super(message, { cause });
    this.maybeSent = maybeSent;
  }
}

/** Messages that come one after the other. For one reader. */
export interface ControlPlaneStream<T> {
  /** All that have arrived, at least one; undefined at the end. */
  next(): Promise<readonly T[] | undefined>;
  /** Why it ended before the server had said all; undefined until then. */
  readonly failure: ControlPlaneError | undefined;
  destroy(): void;
}

export interface LeaseHolding extends ControlPlaneStream<LeaseState> { say(hold: LeaseHold): void }

export interface ControlPlaneChannel {
  /** Rejects with a ControlPlaneError, or an AbortError. */
  call(request: CallRequest, options: ControlPlaneCall): Promise<CallResponse>;
  /** Throws a ControlPlaneError where no way could be opened. */
  watch(request: CallRequest, options: Pick<ControlPlaneCall, 'traceparent'>): ControlPlaneStream<WatchFrame>;
  /** Likewise. */
  holdLease(): LeaseHolding;
  close(): void;
}

const SERVICE = '/kubernode.controlplane.v1.ControlPlane';
const CONNECT_TIMEOUT_MS = 5_000;
/** A server may be busy for seconds; one that is gone for good is noticed within a quarter of a minute, one that is cut off by HAProxy sooner. */
const PATIENCE = { tickMs: 2_500, pingAfterMs: 10_000, deadAfterMs: 5_000, pingIntervalMinMs: 10_000 };

/** The ControlPlane service of proto/controlplane/v1 at one address. */
export function openControlPlane(options: ControlPlaneChannelOptions): ControlPlaneChannel {
  const url = new URL(`${options.ca === undefined ? 'http' : 'https'}://${options.address}`);
  const connection = new HostConnection<ControlPlaneError>({
    scheme: options.ca === undefined ? 'http' : 'https', authority: options.serverName ?? url.host, dial: () => dial(url, options), connectTimeoutMs: CONNECT_TIMEOUT_MS, patience: PATIENCE, clock: options.clock,
    errors: { of: errorOf, unreachable, timedOut: (_, maybeSent) => new ControlPlaneError('no answer in time', { maybeSent }) },
  });
  const shared = Object.entries(options.metadata ?? {}).map(([name, value]) => encodeFields([[name, value]]));
  const fieldsOf = (traceparent: string | undefined): readonly Buffer[] => (traceparent === undefined ? shared : [...shared, encodeFields([['traceparent', traceparent]])]);
  return {
    async call(request, { signal, timeoutMs, traceparent }) {
      return decoded(decodeCallResponse, await connection.unary({ path: `${SERVICE}/Call`, body: encodeCall(request), signal, timeoutMs, fields: fieldsOf(traceparent) }));
    },
    watch(request, { traceparent }) {
      const stream = connection.stream(`${SERVICE}/Watch`, { fields: fieldsOf(traceparent), isFelt: true });
      stream.end(encodeCall(request));
      return new DecodedStream(stream, decodeWatchFrame);
    },
    holdLease() {
      const stream = connection.stream(`${SERVICE}/HoldLease`, { fields: shared });
      return new HeldStream(stream);
    },
    close: () => { connection.close(); },
  };
}

function dial(url: URL, { ca, cert, key, serverName }: ControlPlaneChannelOptions): ReturnType<HostConnectionOptions<ControlPlaneError>['dial']> {
  const address = addressOf(url);
  if (ca === undefined) return { socket: connect({ ...address, noDelay: true }), readyEvent: 'connect' };
  return { socket: dialTls({ ...address, ca, cert, key, serverName }), readyEvent: 'secureConnect' };
}

class DecodedStream<T> implements ControlPlaneStream<T> {
  readonly #stream: MessageStream<ControlPlaneError>;
  readonly #decode: (message: Buffer) => T;

  constructor(stream: MessageStream<ControlPlaneError>, decode: (message: Buffer) => T) {
    this.#stream = stream;
    this.#decode = decode;
  }

  async next(): Promise<readonly T[] | undefined> { return (await this.#stream.next())?.map((message) => decoded(this.#decode, message)); }
  get failure(): ControlPlaneError | undefined { return this.#stream.failure; }
  destroy(): void { this.#stream.destroy(); }
}

class HeldStream extends DecodedStream<LeaseState> implements LeaseHolding {
  readonly #said: MessageStream<ControlPlaneError>;

  constructor(stream: MessageStream<ControlPlaneError>) {
    super(stream, decodeLeaseState);
    this.#said = stream;
  }

  say(hold: LeaseHold): void { this.#said.write(encodeHold(hold)); }
}

function decoded<T>(decode: (message: Buffer) => T, message: Buffer): T {
  try { return decode(message); } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    throw new ControlPlaneError('an answer that is none of the service', { maybeSent: true, cause: error });
  }
}

function errorOf(failure: CallFailure): ControlPlaneError {
  switch (failure.kind) {
    case 'refused': return new ControlPlaneError(failure.message === '' ? `refused with code ${failure.code}` : failure.message, { maybeSent: true });
    case 'lost': return new ControlPlaneError(failure.end.error?.message ?? 'the stream was closed', { maybeSent: !failure.end.isUntouched, cause: failure.end.error });
    case 'noMessage': return new ControlPlaneError('an answer without a message', { maybeSent: true });
  }
}

function unreachable(cause: unknown): ControlPlaneError { return new ControlPlaneError(errorMessage(cause), { maybeSent: false, cause }); }

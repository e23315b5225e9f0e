import { Client as Channel, credentials, Metadata, status as Code, type ChannelCredentials, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { abortError, errorMessage, onAbort, systemClock, type Clock } from '@kubernode/base';
import { controlPlaneService, MESSAGE_BYTES_MAX, type CallRequest, type CallResponse, type WatchFrame } from '@kubernode/rpc';
import type { RawRequest, RawResponse, Transport } from '../client.ts';
import { refusalOf } from '../status-of-response.ts';
import { holdLease } from './hold-lease.ts';
import { splitLines } from './split-lines.ts';
import { TransportError } from './transport-error.ts';

export interface GrpcTransportOptions {
  /** `HOST:PORT` of every API server; one is used until it fails, then the next. */
  addresses: readonly string[];
  /** PEM texts. Without `ca` the link is plain text, for tests on one machine. */
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  token?: string | undefined;
  /** The name to expect in the server's certificate, if not the host's. */
  tlsServerName?: string | undefined;
  clock?: Clock;
}

const DEADLINE_MS = 70_000;
/**
 * Servers say at once that a watch began, and something at least once a minute after that. A watch on which nothing comes for longer is no
 * watch any more, whatever the connection below it says: a stream that got lost on its way while servers came and went would be waited for for ever.
 */
const FIRST_FRAME_MS_MAX = 20_000;
const SILENCE_MS_MAX = 150_000;

/** See `createGrpcTransport`. */
export function openGrpcTransport(options: GrpcTransportOptions): Transport {
  const channels = new ChannelRing(options);
  const metadata = new Metadata();
  const clock = options.clock ?? systemClock;
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  return {
    call: (request) => channels.use((channel) => unary(channel, { request, metadata, clock })),
    watch: (request) => splitLines(watchFrames(channels, { request, metadata, clock })),
    holdLease: (hold, options) => holdLease(channels, { hold, metadata, clock, ...options }),
    close: () => { channels.close(); },
  };
}

/** The servers' channels, of which one is current; a fault of the link moves on to the next. */
class ChannelRing {
  readonly #channels: readonly Channel[];
  #current = 0;

  constructor(options: GrpcTransportOptions) {
    this.#channels = options.addresses.map((address) => new Channel(address, credentialsOf(options), {
      'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
      'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5000,
      'grpc.use_local_subchannel_pool': 1,
      ...(options.tlsServerName !== undefined && { 'grpc.ssl_target_name_override': options.tlsServerName, 'grpc.default_authority': options.tlsServerName }),
    }));
  }

  async use<T>(action: (channel: Channel) => Promise<T>): Promise<T> {
    const used = this.#current;
    try { return await action(this.at(used)); } catch (error) {
      if (error instanceof TransportError) this.moveOnFrom(used);
      throw error;
    }
  }

  get current(): number { return this.#current; }

  at(index: number): Channel {
    const channel = this.#channels[index % this.#channels.length];
    if (channel === undefined) throw new TransportError('no API server address is known', { maybeSent: false });
    return channel;
  }

  /** Many calls fail at once when a server goes; only the first moves on. */
  moveOnFrom(used: number): void {
    if (used === this.#current) this.#current = (used + 1) % Math.max(1, this.#channels.length);
  }

  close(): void { for (const channel of this.#channels) channel.close(); }
}

interface Link { request: RawRequest; metadata: Metadata; clock: Clock }

function unary(channel: Channel, { request, metadata, clock }: Link): Promise<RawResponse> {
  const method = methodOf<CallResponse>('Call');
  return new Promise((resolve, reject) => {
    const { signal } = request;
    if (signal?.aborted === true) { reject(abortError(signal)); return; }
    const deadline = clock.now() + DEADLINE_MS;
    const call = channel.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, messageOf(request), metadataOf(request, metadata), { deadline }, (error, response) => {
      link[Symbol.dispose]();
      if (error) reject(signal?.aborted === true ? abortError(signal) : faultOf(error, request));
      else if (response !== undefined) resolve(answerOf(response));
    });
    const link = onAbort(signal, () => { call.cancel(); });
  });
}

/** The bytes of a watch; the first frame shows whether it was refused. */
async function* watchFrames(channels: ChannelRing, { request, metadata, clock }: Link & { request: { signal: AbortSignal } }): AsyncGenerator<Buffer, void, undefined> {
  const { signal } = request;
  if (signal.aborted) throw abortError(signal);
  const used = channels.current;
  const stream = openWatch(channels.at(used), request, metadata);
  let isSilent = false;
  const giveUpAfter = (ms: number): Disposable => clock.after(ms, () => { isSilent = true; stream.cancel(); });
  let patience = giveUpAfter(FIRST_FRAME_MS_MAX);
  using _link = onAbort(signal, () => { stream.cancel(); });
  try {
    for await (const frame of stream as AsyncIterable<WatchFrame>) { // the stream's own element type, which Node's typings do not carry
      patience[Symbol.dispose]();
      if (frame.status >= 400) throw refusalOf(frame.status, frame.events);
      yield frame.events;
      patience = giveUpAfter(SILENCE_MS_MAX);
    }
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (!isServiceError(error)) throw error;
    channels.moveOnFrom(used);
    throw isSilent ? new TransportError(`${request.method} ${request.path}: nothing came for too long`, { maybeSent: true, cause: error }) : faultOf(error, request);
  } finally {
    patience[Symbol.dispose]();
    stream.cancel();
  }
}

function openWatch(channel: Channel, request: RawRequest, metadata: Metadata): ClientReadableStream<WatchFrame> {
  const method = methodOf<WatchFrame>('Watch');
  return channel.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, messageOf(request), metadata);
}

interface Method<R> { path: string; requestSerialize: (message: CallRequest) => Buffer; responseDeserialize: (bytes: Buffer) => R }

function methodOf<R>(name: 'Call' | 'Watch'): Method<R> {
  return controlPlaneService()[name] as unknown as Method<R>; // the definition of that method, made from proto/
}

function messageOf({ method, path, contentType, body, accept, userAgent, fence }: RawRequest): CallRequest {
  return { method, path, contentType: contentType ?? '', body: body ?? EMPTY, accept: accept ?? '', userAgent: userAgent ?? '', fence: fence ?? null };
}

const EMPTY = Buffer.alloc(0);

function metadataOf({ traceparent }: RawRequest, shared: Metadata): Metadata {
  if (traceparent === undefined) return shared;
  const own = shared.clone();
  own.set('traceparent', traceparent);
  return own;
}

function answerOf({ status, contentType, body, warnings, retryAfterSeconds, auditId }: CallResponse): RawResponse {
  return { status, contentType, body, warnings, ...(auditId !== '' && { auditId }), ...(retryAfterSeconds > 0 && { retryAfterSeconds }) };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

/** grpc-js says by its message whether the call ever left: no connection means that nothing was sent. */
function faultOf(error: ServiceError, { method, path }: RawRequest): TransportError {
  const neverSent = error.code === Code.UNAVAILABLE && /No connection established|ECONNREFUSED|Name resolution failed/.test(error.details);
  return new TransportError(`${method} ${path}: ${errorMessage(error)}`, { maybeSent: !neverSent, cause: error });
}

function credentialsOf({ ca, cert, key }: GrpcTransportOptions): ChannelCredentials {
  if (ca === undefined) return credentials.createInsecure();
  return credentials.createSsl(Buffer.from(ca), key === undefined ? null : Buffer.from(key), cert === undefined ? null : Buffer.from(cert));
}

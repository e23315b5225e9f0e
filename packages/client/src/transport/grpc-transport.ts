import { abortError, afterSilence, onAbort, systemClock, type Clock } from '@kubernode/base';
import { ControlPlaneError, openControlPlane, type CallRequest, type CallResponse, type ControlPlaneChannel } from '@kubernode/rpc';
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
const EMPTY = Buffer.alloc(0);

/** See `createGrpcTransport`. */
export function openGrpcTransport(options: GrpcTransportOptions): Transport {
  const clock = options.clock ?? systemClock;
  const channels = new ChannelRing(options, clock);
  return {
    call: (request) => call(channels, request),
    watch: (request) => splitLines(watchFrames(channels, { request, clock })),
    holdLease: (hold, hooks) => holdLease(channels, { hold, clock, ...hooks }),
    close: () => { channels.close(); },
  };
}

/** The servers' channels, of which one is current; a fault of the link moves on to the next. */
class ChannelRing {
  readonly #channels: readonly ControlPlaneChannel[];
  #current = 0;

  constructor({ addresses, ca, cert, key, token, tlsServerName: serverName }: GrpcTransportOptions, clock: Clock) {
    this.#channels = addresses.map((address) => openControlPlane({ address, ca, cert, key, serverName, clock, ...(token !== undefined && { metadata: { authorization: `Bearer ${token}` } }) }));
  }

  get current(): number { return this.#current; }

  at(index: number): ControlPlaneChannel {
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

async function call(channels: ChannelRing, request: RawRequest): Promise<RawResponse> {
  const { signal, traceparent } = request;
  const used = channels.current;
  try { return answerOf(await channels.at(used).call(messageOf(request), { signal, timeoutMs: DEADLINE_MS, traceparent })); } catch (error) {
    if (!(error instanceof ControlPlaneError)) throw error;
    channels.moveOnFrom(used);
    throw faultOf(error, request);
  }
}

/** The bytes of a watch; the first frame shows whether it was refused. */
async function* watchFrames(channels: ChannelRing, { request, clock }: { request: RawRequest & { signal: AbortSignal }; clock: Clock }): AsyncGenerator<Buffer, void, undefined> {
  const { signal, traceparent } = request;
  if (signal.aborted) throw abortError(signal);
  const used = channels.current;
  const lost = (error: ControlPlaneError): TransportError => { channels.moveOnFrom(used); return faultOf(error, request); };
  const stream = orThrow(() => channels.at(used).watch(messageOf(request), { traceparent }), lost);
  let isSilent = false;
  const giveUpAfter = (ms: number): Disposable => afterSilence(clock, ms, () => { isSilent = true; stream.destroy(); });
  let patience = giveUpAfter(FIRST_FRAME_MS_MAX);
  using _link = onAbort(signal, () => { stream.destroy(); });
  try {
    for (let frames = await stream.next(); frames !== undefined; frames = await stream.next()) {
      patience[Symbol.dispose]();
      for (const { status, events } of frames) {
        if (status >= 400) throw refusalOf(status, events);
        yield events;
      }
      patience = giveUpAfter(SILENCE_MS_MAX);
    }
  } finally {
    patience[Symbol.dispose]();
    stream.destroy();
  }
  if (signal.aborted) throw abortError(signal);
  if (isSilent) throw lost(new ControlPlaneError('nothing came for too long', { maybeSent: true }));
  if (stream.failure !== undefined) throw lost(stream.failure);
}

function orThrow<T>(open: () => T, faultOfError: (error: ControlPlaneError) => Error): T {
  try { return open(); } catch (error) { throw error instanceof ControlPlaneError ? faultOfError(error) : error; }
}

function messageOf({ method, path, contentType, body, accept, userAgent, fence }: RawRequest): CallRequest {
  return { method, path, contentType: contentType ?? '', body: body ?? EMPTY, accept: accept ?? '', userAgent: userAgent ?? '', fence: fence ?? null };
}

function answerOf({ status, contentType, body, warnings, retryAfterSeconds, auditId }: CallResponse): RawResponse {
  return { status, contentType, body, warnings, ...(auditId !== '' && { auditId }), ...(retryAfterSeconds > 0 && { retryAfterSeconds }) };
}

function faultOf(error: ControlPlaneError, { method, path }: Pick<RawRequest, 'method' | 'path'>): TransportError {
  return new TransportError(`${method} ${path}: ${error.message}`, { maybeSent: error.maybeSent, cause: error });
}

import { linkSignals, onAbort, type Clock } from '@kubernode/base';
import { EtcdError, errorOfAnswer } from './etcd-error.ts';
import type { WatchBatch, WatchRequest } from './etcd-client.ts';
import { decodeMessage, type Http2Connection } from './http2-connection.ts';
import { decodeWatch, encodeWatchCreate, encodeWatchProgress, type WatchAnswer } from './watch-messages.ts';

export interface WatchStreamOptions {
  connection: Http2Connection;
  clock: Clock;
  signal: AbortSignal;
  /** After this much silence a sign of life is asked for; after three times it, the stream counts as dead. */
  progressIntervalMs: number;
}

const WATCH_PATH = '/etcdserverpb.Watch/Watch';
const SILENT_INTERVALS_MAX = 3;
const FRAME_HEAD_BYTES = 5;

/** One watch on a stream of its own. See EtcdClient.watch. */
export async function* watchStream(request: WatchRequest, { connection, clock, signal, progressIntervalMs }: WatchStreamOptions): AsyncGenerator<WatchBatch, void> {
  if (signal.aborted) return;
  // With `hasleader` a member that lost its leader ends the stream, instead of being silent with good manners.
  const stream = connection.duplex(WATCH_PATH, { hasleader: 'true' });
  let failure: EtcdError | undefined;
  let silentIntervals = 0;
  stream.on('response', (headers) => { failure ??= statusError(headers); });
  stream.on('trailers', (headers) => { failure ??= statusError(headers); });
  using ending = linkSignals(signal);
  using closing = onAbort(signal, () => stream.destroy());
  void closing;
  const fail = (error: unknown): void => { failure ??= new EtcdError({ code: 'unavailable', message: error instanceof Error ? error.message : 'the watch stream ended', cause: error }); };
  const beat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(progressIntervalMs, { signal: ending.signal });
      if (++silentIntervals >= SILENT_INTERVALS_MAX) { fail(new Error('the watch stream is silent')); stream.destroy(); return; }
      stream.write(encodeWatchProgress());
    }
  };
  const beating = beat().catch(() => undefined); // ends by abort, when this generator does
  stream.write(encodeWatchCreate(request));
  try {
    for await (const message of framesOf(stream)) {
      silentIntervals = 0;
      const answer = decodeWatch(message);
      if (answer.canceled) throw cancellation(answer);
      yield { revision: answer.revision, events: answer.events };
    }
    fail(undefined);
  } catch (error) {
    if (error instanceof EtcdError) failure ??= error; else fail(error);
  } finally {
    ending.abort();
    stream.on('error', () => undefined); // it is given up; whatever else happens to it is of no interest
    stream.destroy();
    await beating;
  }
  if (!signal.aborted && failure !== undefined) throw failure;
}

function cancellation({ compactRevision, cancelReason }: WatchAnswer): EtcdError {
  if (compactRevision > 0) return new EtcdError({ code: 'compacted', message: 'etcdserver: mvcc: required revision has been compacted', compactRevision });
  return new EtcdError({ code: 'unavailable', message: cancelReason === '' ? 'etcd canceled the watch' : cancelReason });
}

function statusError(headers: Record<string, unknown>): EtcdError | undefined {
  const status = headers['grpc-status'];
  if (typeof status !== 'string') return undefined;
  return errorOfAnswer(status === '0' ? 14 : Number(status), decodeMessage(headers['grpc-message'] as string | undefined)); // a header's value
}

/** Cuts what arrives into gRPC's messages. */
async function* framesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let wanted = FRAME_HEAD_BYTES;
  for await (const chunk of stream) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < wanted) continue; // large messages come in many chunks: joined once, not each time
    let rest = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (wanted = frameSize(rest); rest.length >= wanted; wanted = frameSize(rest)) {
      yield rest.subarray(FRAME_HEAD_BYTES, wanted);
      rest = rest.subarray(wanted);
    }
    pending = rest.length === 0 ? [] : [rest];
    pendingBytes = rest.length;
  }
}

function frameSize(buffer: Buffer): number {
  return buffer.length < FRAME_HEAD_BYTES ? FRAME_HEAD_BYTES : FRAME_HEAD_BYTES + buffer.readUInt32BE(1);
}

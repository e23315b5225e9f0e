import { linkSignals, onAbort, type Clock } from '@kubernode/base';
import type { EndpointConnection } from './endpoint-connection.ts';
import type { EtcdEvent, WatchBatch, WatchRequest } from './etcd-client.ts';
import { EtcdError, readMessage } from './etcd-error.ts';
import { decodeWatch, encodeWatchCreate, encodeWatchProgress, type WatchAnswer } from './watch-messages.ts';

export interface WatchStreamOptions {
  connection: EndpointConnection;
  clock: Clock;
  signal: AbortSignal;
  /** After this much silence a sign of life is asked for; after three times it, the stream counts as dead. */
  progressIntervalMs: number;
}

const WATCH_PATH = '/etcdserverpb.Watch/Watch';
const SILENT_INTERVALS_MAX = 3;

/** One watch on a stream of its own. See EtcdClient.watch. */
export async function* watchStream(request: WatchRequest, { connection, clock, signal, progressIntervalMs }: WatchStreamOptions): AsyncGenerator<WatchBatch, void> {
  if (signal.aborted) return;
  const stream = connection.stream(WATCH_PATH);
  let silentIntervals = 0;
  using ending = linkSignals(signal);
  using closing = onAbort(signal, () => stream.destroy());
  void closing;
  const beat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(progressIntervalMs, { signal: ending.signal });
      if (++silentIntervals >= SILENT_INTERVALS_MAX) { stream.destroy(new EtcdError({ code: 'unavailable', message: 'the watch stream is silent' })); return; }
      stream.write(encodeWatchProgress());
    }
  };
  const beating = beat().catch(() => undefined); // ends by abort, when this generator does
  stream.write(encodeWatchCreate(request));
  try {
    for (let messages = await stream.next(); messages !== undefined; messages = await stream.next()) {
      silentIntervals = 0;
      yield* batchesOf(messages);
    }
  } finally {
    ending.abort();
    stream.destroy();
    await beating;
  }
  if (!signal.aborted) throw stream.failure ?? new EtcdError({ code: 'unavailable', message: 'the watch stream ended' });
}

/** What arrived together is given out together: whoever follows is woken once. */
function* batchesOf(messages: readonly Buffer[]): Generator<WatchBatch> {
  let events: EtcdEvent[] = [];
  let revision = 0;
  for (const message of messages) {
    const answer = readMessage(decodeWatch, message);
    if (answer.events.length > 0 && !answer.canceled) {
      if (events.length === 0) events = answer.events; else for (const event of answer.events) events.push(event);
      ({ revision } = answer);
      continue;
    }
    if (events.length > 0) yield { revision, events };
    events = [];
    if (answer.canceled) throw cancellation(answer);
    yield { revision: answer.revision, events };
  }
  if (events.length > 0) yield { revision, events };
}

function cancellation({ compactRevision, cancelReason }: WatchAnswer): EtcdError {
  if (compactRevision > 0) return new EtcdError({ code: 'compacted', message: 'etcdserver: mvcc: required revision has been compacted', compactRevision });
  return new EtcdError({ code: 'unavailable', message: cancelReason === '' ? 'etcd canceled the watch' : cancelReason });
}

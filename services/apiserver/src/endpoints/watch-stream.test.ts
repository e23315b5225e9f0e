import { seededRng, systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { canonicalBytes, type RunnableObjectStore } from '@kubernode/storage';
import { createFakeClock, createMemoryStorage, labelsAndNames, type MemoryStorage } from '@kubernode/testing';
import type { ApiRequest, RequestContext, StreamSink } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices } from './endpoint-services.ts';
import { listRequest } from './list-options.ts';
import type { AnswerForm } from './object-answer.ts';
import { WatchStream } from './watch-stream.ts';

const prefix = '/registry/things/';
const PLAIN: AnswerForm = { encoding: 'json', transform: 'none', transformVersion: 'v1', pretty: false, includeObject: 'Metadata' };

/** A client that takes frames until told to be slow; then it says so, and waits for `resume`. */
class FakeSink implements StreamSink {
  readonly writes: (readonly Buffer[])[] = [];
  isSlow = false;
  #resume: (() => void) | undefined;

  get lines(): { type: string; object: { metadata: { name?: string; resourceVersion: string } } }[] { return this.writes.flat().join('').split('\n').filter(Boolean).map((line) => JSON.parse(line) as never); }
  get names(): string[] { return this.lines.map(({ type, object }) => `${type} ${object.metadata.name ?? object.metadata.resourceVersion}`); }

  write(pieces: readonly Buffer[]): boolean { this.writes.push(pieces); return !this.isSlow; }
  drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => { this.#resume = resolve; signal.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError'))); });
  }

  resume(): void { this.isSlow = false; this.#resume?.(); }
}

interface World extends AsyncDisposable {
  storage: MemoryStorage;
  store: RunnableObjectStore;
  clock: ReturnType<typeof createFakeClock>;
  open(query: string, form?: AnswerForm): { stream: WatchStream; sink: FakeSink; stop: AbortController };
  watch(query: string, form?: AnswerForm): { sink: FakeSink; done: Promise<void>; stop: AbortController };
  put(name: string, fields?: object): Promise<void>;
  /** Everything that was put has reached every watch. */
  settle(): Promise<void>;
}

async function world(ringCount = 1000): Promise<World> {
  const storage = createMemoryStorage();
  const store = await storage.store({ prefix, resource: { group: '', resource: 'things' }, attributesOf: labelsAndNames, ringBounds: { countMax: ringCount, bytesMax: 1e9 } });
  const clock = createFakeClock();
  const kind = { group: '', version: 'v1', kind: 'Thing' };
  const served = { facts: {}, kind, apiVersion: 'v1', storage: { store, namespaced: false, strategy: {}, kind, group: '', resource: 'things' } } as unknown as ServedResource; // what a watch looks at
  const services = { clock, logger: silentLogger, write: { rng: seededRng(1) }, minRequestTimeoutMs: 600_000, watchMetrics: { sent: () => undefined } } as unknown as EndpointServices; // likewise
  const stops: AbortController[] = [];
  const open: World['open'] = (query, form = PLAIN) => {
    const stop = new AbortController();
    stops.push(stop);
    const options = listRequest(new URLSearchParams(`watch=1&${query}`), served, ['metadata.name']);
    const stream = new WatchStream({ served, services, request: { path: '/', signal: stop.signal } as ApiRequest, context: { info: { namespace: '', name: '' } } as RequestContext, options, form }); // what it looks at
    return { stream, sink: new FakeSink(), stop };
  };
  return {
    storage, store, clock, open,
    watch(query, form) {
      const { stream, sink, stop } = open(query, form);
      return { sink, stop, done: stream.run(sink, stop.signal) };
    },
    put: async (name, fields = {}) => { await storage.etcd.put({ key: prefix + name, value: canonicalBytes({ kind: 'Thing', apiVersion: 'v1', metadata: { name }, ...fields }) }); },
    async settle() { await store.get('', { freshness: { kind: 'consistent' } }); await systemClock.sleep(2); },
    async [Symbol.asyncDispose]() { for (const stop of stops) stop.abort(); await storage[Symbol.asyncDispose](); },
  };
}

test('what a client does once it knows that its watch began is an event', async () => {
  await using one = await world();
  await one.put('a');
  await one.settle();
  const { stream, sink, stop } = one.open('');
  await stream.prepare();
  await one.put('a', { changed: true });
  await one.settle();
  const done = stream.run(sink, stop.signal);
  await one.settle();
  stop.abort();
  await done;
  expect(sink.names).toEqual(['ADDED a', 'MODIFIED a']);
});

test('watches of one scope are given what came at a time as one shared buffer, in order', async () => {
  await using one = await world();
  await one.put('first');
  await one.settle();
  const watches = [1, 2, 3].map(() => one.watch(`resourceVersion=${one.store.revision}`));
  await one.settle();
  one.storage.etcd.pauseWatches();
  for (const name of ['a', 'b', 'c', 'a']) await one.put(name);
  one.storage.etcd.resumeWatches();
  await one.settle();
  for (const { sink } of watches) expect(sink.names).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'MODIFIED a']);
  const [first, ...others] = watches.map(({ sink }) => sink.writes);
  expect(first?.map((pieces) => pieces.length)).toEqual([1]);
  for (const writes of others) expect(writes[0]?.[0]).toBe(first?.[0]?.[0]);
});

test('a client that does not read holds one write, slows nobody, and goes on where it was', async () => {
  await using one = await world();
  const [slow, quick] = [one.watch(`resourceVersion=${one.store.revision}`), one.watch(`resourceVersion=${one.store.revision}`)];
  slow.sink.isSlow = true;
  for (let i = 0; i < 60; i++) { await one.put(`t${i}`, { data: 'x'.repeat(10_000) }); await one.settle(); }
  expect([slow.sink.names, quick.sink.names.length]).toEqual([['ADDED t0'], 60]);
  const held = slow.sink.writes.length;
  slow.sink.resume();
  await one.settle();
  expect(slow.sink.names).toEqual(quick.sink.names);
  for (const pieces of slow.sink.writes.slice(held)) expect(Buffer.concat(pieces).length).toBeLessThan(150_000); // 59 events of 10 kB in several writes
});

test('a client whose place has left the history is cut off with 410', async () => {
  await using one = await world(10);
  const { sink, done } = one.watch(`resourceVersion=${one.store.revision}`);
  sink.isSlow = true;
  for (let i = 0; i < 30; i++) { await one.put(`t${i}`); await one.settle(); }
  sink.resume();
  await done;
  expect(sink.lines.map(({ type, object }) => [type, 'code' in object ? object.code : 0])).toEqual([['ADDED', 0], ['ERROR', 410]]);
});

test('the end of its time or of its client ends a watch, also while it waits for the client to read', async () => {
  await using one = await world();
  const [timed, gone] = [one.watch('resourceVersion=0&timeoutSeconds=5'), one.watch('resourceVersion=0')];
  for (const { sink } of [timed, gone]) sink.isSlow = true;
  await one.settle();
  await one.put('a');
  await one.settle();
  gone.stop.abort();
  await gone.done;
  await one.clock.advance(5_000);
  await timed.done;
  expect(one.store.watchers).toBe(0);
});

test('a watch whose time was over before it began sends nothing', async () => {
  await using one = await world();
  await one.put('a');
  await one.settle();
  const { sink, done } = one.watch('timeoutSeconds=-1');
  await done;
  expect(sink.names).toEqual([]);
});

test('a watch from version 00 begins with what there is', async () => {
  await using one = await world();
  await one.put('a');
  await one.settle();
  const { sink } = one.watch('resourceVersion=00');
  await one.settle();
  expect(sink.names).toEqual(['ADDED a']);
});

test('a watch of single objects as lists ends without a word when there is something to send', async () => {
  await using one = await world();
  await one.put('a');
  await one.settle();
  const { sink, done } = one.watch('', { ...PLAIN, transform: 'PartialObjectMetadataList' });
  await done;
  expect(sink.names).toEqual([]);
});

test('bookmarks come each minute and shortly before the end, behind the events before them', async () => {
  await using one = await world();
  const { sink } = one.watch(`resourceVersion=${one.store.revision}&allowWatchBookmarks=true&timeoutSeconds=100`);
  await one.put('a');
  await one.settle();
  for (const ms of [60_000, 38_000]) { await one.clock.advance(ms); await one.settle(); }
  expect(sink.names).toEqual(['ADDED a', `BOOKMARK ${one.store.revision}`, `BOOKMARK ${one.store.revision}`]);
});

test('a selection sees objects come and go', async () => {
  await using one = await world();
  const { sink } = one.watch(`resourceVersion=${one.store.revision}&labelSelector=${encodeURIComponent('tier=a')}`);
  const labels = (name: string, tier: string): Promise<void> => one.put(name, { metadata: { name, labels: { tier } } });
  await labels('x', 'a');
  await labels('y', 'b');
  await labels('x', 'a');
  await labels('x', 'b');
  await one.settle();
  expect(sink.names).toEqual(['ADDED x', 'MODIFIED x', 'DELETED x']);
});

test('what exists comes first where the client asks for it, then its end', async () => {
  await using one = await world();
  for (const name of ['a', 'b']) await one.put(name);
  await one.settle();
  const { sink } = one.watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
  await one.settle();
  await one.put('c');
  await one.settle();
  expect(sink.names).toEqual(['ADDED a', 'ADDED b', expect.stringMatching(/^BOOKMARK \d+$/), 'ADDED c']);
});

import { createMemoryStorage, type labelsAndNames, type MemoryStorage } from '@kubernode/testing';
import { canonicalBytes } from '../store/canonical.ts';
import type { RunnableObjectStore } from '../store/etcd-object-store.ts';
import type { Watcher, WatchEvent } from '../store/object-store.ts';
import { frameOf } from './frames.ts';

const prefix = '/registry/pods/';
const soon = (): AbortSignal => AbortSignal.timeout(1_000);
const attributesOf = (object: unknown): ReturnType<typeof labelsAndNames> => ({ labels: {}, fields: { 'spec.nodeName': (object as { node?: string }).node ?? '' } }); // as write() makes them

async function started(storage: MemoryStorage): Promise<RunnableObjectStore> {
  return storage.store({ prefix, resource: { group: '', resource: 'pods' }, attributesOf, ringBounds: { countMax: 4, bytesMax: 1e6 } });
}

function write(storage: MemoryStorage, key: string, node = ''): Promise<{ revision: number }> {
  return storage.etcd.put({ key: prefix + key, value: canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name: key }, node }) });
}

/** The first batch, as `TYPE KEY`, or 'waits' when there is none although everything has arrived. */
async function next(watcher: ReturnType<RunnableObjectStore['watch']>, store: RunnableObjectStore): Promise<string[] | 'waits'> {
  await store.get('', { freshness: { kind: 'consistent' } });
  const controller = new AbortController();
  const batch = watcher.next({ maxEvents: 10, signal: controller.signal }).then((events) => events.map(({ type, object }) => `${type} ${object.key}`));
  const waits = new Promise<'waits'>((resolve) => { setImmediate(() => resolve('waits')); });
  const result = await Promise.race([batch, waits]);
  controller.abort();
  await batch.catch(() => undefined);
  return result;
}

describe('a watcher', () => {
  test('sees its scope alone', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const from = { fromRevision: store.revision };
    const all = store.watch({ ...from, keyPrefix: '' });
    const namespace = store.watch({ ...from, keyPrefix: 'b/' });
    const object = store.watch({ ...from, keyPrefix: 'b/', exactKey: 'b/y' });
    const node = store.watch({ ...from, keyPrefix: '', field: { name: 'spec.nodeName', value: 'n1' } });
    const named = store.watch({ ...from, keyPrefix: '', name: 'y' });
    await write(storage, 'a/x', 'n1');
    expect([await next(all, store), await next(namespace, store), await next(object, store), await next(node, store), await next(named, store)]).toEqual([['ADDED a/x'], 'waits', 'waits', ['ADDED a/x'], 'waits']);
    await write(storage, 'b/y');
    await write(storage, 'a/x', 'n2'); // leaves n1: its watcher has to hear of that, and then no more
    expect([await next(all, store), await next(namespace, store), await next(object, store), await next(node, store)]).toEqual([['ADDED b/y', 'MODIFIED a/x'], ['ADDED b/y'], ['ADDED b/y'], ['MODIFIED a/x']]);
    await write(storage, 'a/x', 'n3');
    const later = { fromRevision: store.revision };
    await write(storage, 'b/y-y');
    expect([await next(node, store), await next(named, store)]).toEqual(['waits', ['ADDED b/y']]);
    await write(storage, 'a/y');
    expect([await next(named, store), await next(store.watch({ ...later, keyPrefix: '', name: 'y' }), store)]).toEqual([['ADDED a/y'], ['ADDED a/y']]);
  });

  test('that is idle outlives any number of foreign events; one that does not read falls off with 410', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const idle = store.watch({ fromRevision: store.revision, keyPrefix: 'quiet/' });
    const slow = store.watch({ fromRevision: store.revision, keyPrefix: 'a/' });
    for (let n = 0; n < 20; n++) await write(storage, `a/${n}`);
    await write(storage, 'quiet/x');
    expect(await next(idle, store)).toEqual(['ADDED quiet/x']);
    expect(idle.revision).toBe(storage.etcd.revision);
    await expect(slow.next({ maxEvents: 10, signal: soon() })).rejects.toMatchObject({ code: 410, reason: 'Expired', message: expect.stringMatching(/^too old resource version: \d+ \(\d+\)$/) });
    expect(() => store.watch({ fromRevision: 1, keyPrefix: '' })).toThrow(expect.objectContaining({ code: 410 }));
  });

  test('is given whole revisions up to its limits, and the same array as others of its scope at its place', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const [one, two, other] = ['', '', 'a/'].map((keyPrefix) => store.watch({ fromRevision: store.revision, keyPrefix })) as [Watcher, Watcher, Watcher]; // three prefixes
    for (const key of ['a/x', 'b/y', 'a/z']) await write(storage, key);
    await store.get('', { freshness: { kind: 'consistent' } });
    const first = one.read({ maxEvents: 2 });
    expect(first.map(({ object }) => object.key)).toEqual(['a/x', 'b/y']);
    expect(two.read({ maxEvents: 2 })).toBe(first);
    expect(other.read({ maxEvents: 2 }).map(({ object }) => object.key)).toEqual(['a/x', 'a/z']);
    expect(two.read({ maxEvents: 2, maxBytes: 1 }).map(({ object }) => object.key)).toEqual(['a/z']);
    expect([one.read({ maxEvents: 2 }).length, one.read({ maxEvents: 2 }).length]).toEqual([1, 0]);
    await write(storage, 'a/x');
    await store.get('', { freshness: { kind: 'consistent' } });
    expect(two.read({ maxEvents: 2 })).toHaveLength(1);
  });

  test('from the future waits until then', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const watcher = store.watch({ fromRevision: store.revision + 1, keyPrefix: '' });
    await write(storage, 'a/x');
    expect(await next(watcher, store)).toBe('waits');
    await write(storage, 'a/y');
    expect(await next(watcher, store)).toEqual(['ADDED a/y']);
  });

  test('gets 410 when etcd compacted what was missed, and the cache heals', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const { revision } = await write(storage, 'a/x');
    await store.get('', { freshness: { kind: 'consistent' } });
    const watcher = store.watch({ fromRevision: revision, keyPrefix: '' });
    storage.etcd.pauseWatches();
    await storage.etcd.delete({ key: `${prefix}a/x` });
    await storage.etcd.compact({ revision: (await write(storage, 'a/y')).revision });
    storage.etcd.disconnectWatches();
    storage.etcd.resumeWatches();
    await expect(watcher.next({ maxEvents: 10, signal: soon() })).rejects.toMatchObject({ code: 410 });
    const { items } = await store.list({ freshness: { kind: 'consistent' }, keyPrefix: '', limit: 0 });
    expect(items.map(({ key }) => key)).toEqual(['a/y']);
  });

  test('shares frames with all others', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const watchers = [1, 2].map(() => store.watch({ fromRevision: store.revision, keyPrefix: '' }));
    const { revision } = await write(storage, 'a/x');
    const batches = await Promise.all(watchers.map((watcher) => watcher.next({ maxEvents: 1, signal: soon() })));
    const [one, two] = batches.map(([event]) => frameOf('ADDED', (event as WatchEvent).object)); // next never resolves empty
    expect(one).toBe(two);
    expect(one?.toString()).toBe(`{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"${revision}","name":"a/x"},"node":""}}\n`);
  });
});

describe('a read', () => {
  test('from the future is a 504 with its cause after three seconds', async () => {
    await using storage = createMemoryStorage();
    const store = await started(storage);
    const current = store.revision;
    await expect(store.get('a/x', { freshness: { kind: 'notOlderThan', revision: 99 } })).rejects.toMatchObject({
      code: 504, reason: 'Timeout', message: `Timeout: Too large resource version: 99, current: ${current}`,
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
    });
  }, 10_000);

  test('many that wait share few reads of etcd, and all see what was written before', async () => {
    let ranges = 0;
    await using storage = createMemoryStorage({ faultOf: (call) => { if (call === 'range') ranges++; return 'none'; } });
    const store = await started(storage);
    await write(storage, 'a/x');
    ranges = 0;
    const found = await Promise.all(Array.from({ length: 200 }, () => store.get('a/x', { freshness: { kind: 'consistent' } })));
    expect(found.filter((object) => object !== undefined).length).toBe(200);
    expect(ranges).toBeLessThanOrEqual(2);
  });
});

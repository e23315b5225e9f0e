import { createMemoryStorage, createMemoryStore, labelsAndNames } from '@kubernode/testing';
import { createObjectStore } from './etcd-object-store.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { canonicalBytes } from './canonical.ts';

const podBytes = (name: string, extra: object = {}): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'a' }, ...extra });
const exists = (): Error => new Error('exists');
const create = (store: ObjectStore, name: string, extra: object = {}, ttlSeconds?: number): Promise<StoredObject> => store.create(`a/${name}`, podBytes(name, extra), { exists, ttlSeconds });
const consistent = { kind: 'consistent' } as const;
const pods = { prefix: '/registry/pods/', resource: { group: '', resource: 'pods' }, attributesOf: labelsAndNames };

describe('ObjectStore', () => {
  test('reads what was written, with the revision spliced in', async () => {
    await using store = await createMemoryStore();
    const created = await create(store, 'x');
    const read = await store.get('a/x', { freshness: consistent });
    expect(read?.bytes.toString()).toBe(`{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"${created.revision}","name":"x","namespace":"a"}}`);
    expect(read?.revision).toBe(created.revision);
  });

  test('what this replica wrote is the object of its event, and parsed once', async () => {
    await using store = await createMemoryStore();
    const created = await create(store, 'x');
    const parsed = created.read<{ metadata: object }>();
    using watcher = store.watch({ fromRevision: created.revision - 1, keyPrefix: '' });
    const [event] = await watcher.next({ maxEvents: 10, signal: AbortSignal.timeout(1000) });
    expect(event?.object).toBe(created);
    expect((await store.get('a/x', { freshness: consistent }))?.read()).toBe(parsed);
    expect(created.decode()).not.toBe(parsed);
    const { object: deleted } = await store.update('a/x', () => ({ kind: 'delete' }), {});
    expect(deleted.read()).toEqual(deleted.decode());
    expect(parsed.metadata).toEqual({ resourceVersion: String(created.revision), name: 'x', namespace: 'a' });
  });

  test('create of a taken key throws what the caller says', async () => {
    await using store = await createMemoryStore();
    await create(store, 'x');
    await expect(create(store, 'x')).rejects.toThrow('exists');
  });

  test('20 writers of one key lose nothing', async () => {
    await using store = await createMemoryStore();
    await create(store, 'x', { n: 0 });
    await Promise.all(Array.from({ length: 20 }, () => store.update('a/x', (current) => {
      const { n } = current?.decode<{ n: number }>() ?? { n: NaN };
      return { kind: 'write', bytes: podBytes('x', { n: n + 1 }) };
    }, {})));
    expect((await store.get('a/x', { freshness: consistent }))?.decode<{ n: number }>().n).toBe(20);
  });

  test('update calls change again with the newest object before it believes an error or an unchanged', async () => {
    await using storage = createMemoryStorage();
    const store = await storage.store(pods);
    await create(store, 'x', { n: 0 });
    storage.etcd.pauseWatches();
    await storage.etcd.put({ key: '/registry/pods/a/x', value: podBytes('x', { n: 1 }) });
    const seen: number[] = [];
    const failing = store.update('a/x', (current) => { seen.push(current?.decode<{ n: number }>().n ?? NaN); throw new Error('refused'); }, {});
    await expect(failing).rejects.toThrow('refused');
    const unchanged = await store.update('a/x', (current) => { seen.push(current?.decode<{ n: number }>().n ?? NaN); return { kind: 'unchanged' }; }, {});
    expect(seen).toEqual([0, 1, 0, 1]);
    expect(unchanged.object.decode<{ n: number }>().n).toBe(1);
  });

  test('a delete gives the object under the deletion and a DELETED event', async () => {
    await using store = await createMemoryStore();
    const { revision } = await create(store, 'x');
    using watcher = store.watch({ fromRevision: revision, keyPrefix: '' });
    const deleted = await store.update('a/x', () => ({ kind: 'delete' }), {});
    expect(deleted).toMatchObject({ outcome: 'deleted', object: { revision: revision + 1 } });
    const [event] = await watcher.next({ maxEvents: 10, signal: AbortSignal.timeout(1000) });
    expect(event?.type).toBe('DELETED');
    expect(event?.object.decode<{ metadata: object }>().metadata).toEqual({ resourceVersion: `${revision + 1}`, name: 'x', namespace: 'a' });
    expect(await store.get('a/x', { freshness: consistent })).toBeUndefined();
  });

  test('a write whose answer is lost is done once', async () => {
    const faults: ('none' | 'lostAnswer' | 'unreachable')[] = [];
    await using storage = createMemoryStorage({ faultOf: (call) => (call === 'txn' ? faults.shift() ?? 'none' : 'none') });
    const store = await storage.store(pods);
    faults.push('lostAnswer');
    const { revision } = await create(store, 'x', { n: 0 });
    faults.push('unreachable', 'lostAnswer');
    const { object } = await store.update('a/x', () => ({ kind: 'write', bytes: podBytes('x', { n: 1 }) }), {});
    expect([revision, object.revision, storage.etcd.revision]).toEqual([2, 3, 3]);
  });

  test('a creation of which it is not known whether it was carried out is not sent again', async () => {
    const faults: ('none' | 'lostAnswer')[] = [];
    await using storage = createMemoryStorage({ faultOf: (call) => (call === 'txn' ? faults.shift() ?? 'none' : 'none') });
    const store = await storage.store(pods);
    faults.push('lostAnswer');
    const created = create(store, 'x').catch((error: unknown) => error);
    while (storage.etcd.revision < 2) await Promise.resolve();
    await storage.etcd.delete({ key: `${store.prefix}a/x` }); // by somebody who saw it
    expect(await created).toMatchObject({ code: 500, reason: 'ServerTimeout' });
    expect([await store.get('a/x', { freshness: consistent }), storage.etcd.revision]).toEqual([undefined, 3]);
  });

  test('a write whose answer is lost is an error where another may have written the same', async () => {
    const faults: ('none' | 'lostAnswer' | 'unreachable')[] = [];
    await using storage = createMemoryStorage({ faultOf: (call) => (call === 'txn' ? faults.shift() ?? 'none' : 'none') });
    const store = await storage.store(pods);
    await create(store, 'x', { n: 0 });
    const raise = (): Promise<unknown> => store.update('a/x', (current) => ({ kind: 'write', bytes: podBytes('x', { n: (current?.decode<{ n: number }>().n ?? 0) + 1 }) }), { othersMayWriteTheSame: true });
    faults.push('lostAnswer');
    await expect(raise()).rejects.toMatchObject({ code: 500, reason: 'ServerTimeout' });
    faults.push('unreachable');
    await raise();
    expect((await store.get('a/x', { freshness: consistent }))?.decode<{ n: number }>().n).toBe(2);
  });

  test('of two deletions whose answers are lost neither is said to have been it', async () => {
    const faults: ('none' | 'lostAnswer' | 'unreachable')[] = [];
    await using storage = createMemoryStorage({ faultOf: (call) => (call === 'txn' ? faults.shift() ?? 'none' : 'none') });
    const store = await storage.store(pods);
    await create(store, 'x');
    const remove = (): Promise<unknown> => store.update('a/x', (current) => { if (current === undefined) throw new Error('there is none'); return { kind: 'delete' }; }, {}).catch((error: unknown) => error);
    faults.push('lostAnswer', 'lostAnswer');
    for (const answer of await Promise.all([remove(), remove()])) expect(answer).toMatchObject({ code: 500, reason: 'ServerTimeout' });
    expect([await store.get('a/x', { freshness: consistent }), storage.etcd.revision]).toEqual([undefined, 3]);
    await create(store, 'x');
    faults.push('unreachable');
    expect(await remove()).toMatchObject({ outcome: 'deleted', object: { revision: 5 } });
  });

  test('a fence that does not hold is a 409 and nothing is written', async () => {
    await using storage = createMemoryStorage();
    const store = await storage.store(pods);
    const fenced = (value: string): Promise<StoredObject> => store.create('a/x', podBytes('x'), { exists, fence: { key: '/fences/scheduler', value } });
    await expect(fenced('7')).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    await storage.etcd.put({ key: '/fences/scheduler', value: Buffer.from('7') });
    await expect(fenced('6')).rejects.toMatchObject({ code: 409 });
    await expect(fenced('7')).resolves.toMatchObject({ key: 'a/x' });
  });

  test('a fence that does not hold is a 409 where nothing would be written, too', async () => {
    await using storage = createMemoryStorage();
    const store = await storage.store(pods);
    await store.create('a/x', podBytes('x'), { exists });
    await storage.etcd.put({ key: '/fences/scheduler', value: Buffer.from('7') });
    const leave = (value: string): Promise<unknown> => store.update('a/x', () => ({ kind: 'unchanged' }), { fence: { key: '/fences/scheduler', value } });
    await expect(leave('6')).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    await expect(leave('7')).resolves.toMatchObject({ outcome: 'unchanged' });
  });

  test('a fence in another etcd is looked at before', async () => {
    await using elsewhere = createMemoryStorage();
    await using storage = createMemoryStorage();
    const store = createObjectStore({ ...pods, backend: { ...storage.backend, fences: elsewhere.etcd } });
    const fenced = (value: string): Promise<StoredObject> => store.create('a/x', podBytes('x'), { exists, fence: { key: '/fences/scheduler', value } });
    await elsewhere.etcd.put({ key: '/fences/scheduler', value: Buffer.from('7') });
    await expect(fenced('6')).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    await expect(fenced('7')).resolves.toMatchObject({ key: 'a/x' });
  });

  test('pages go on at the revision of the first, from the cache and from etcd', async () => {
    await using storage = createMemoryStorage();
    const store = await storage.store({ ...pods, ringBounds: { countMax: 8, bytesMax: 1e6 } });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(store, name);
    const first = await store.list({ freshness: consistent, keyPrefix: 'a/', limit: 2 });
    expect([first.items.map(({ key }) => key), first.nextKey, first.remaining]).toEqual([['a/a', 'a/b'], 'a/b', 3]);
    const rest = { freshness: { kind: 'exact', revision: first.revision }, keyPrefix: 'a/', afterKey: 'a/b', limit: 2 } as const;
    await store.update('a/d', () => ({ kind: 'delete' }), {});
    await create(store, 'cc');
    for (const rounds of [1, 20]) { // by 20 more events the ring has forgotten the revision, and etcd is asked
      for (let round = 0; round < rounds; round++) await store.update('a/a', () => ({ kind: 'write', bytes: podBytes('a', { round }) }), {});
      await store.get('', { freshness: consistent });
      const page = await store.list(rest);
      expect([page.revision, page.items.map(({ key }) => key), page.nextKey, page.remaining]).toEqual([first.revision, ['a/c', 'a/d'], 'a/d', 1]);
    }
    await storage.etcd.compact({ revision: storage.etcd.revision });
    await expect(store.list(rest)).rejects.toMatchObject({ code: 410, reason: 'Expired', message: expect.stringMatching(/^The provided continue parameter is too old/) });
  });

  test('pages end with the history of etcd, though the cache goes back further', async () => {
    await using storage = createMemoryStorage();
    const store = await storage.store(pods);
    for (const name of ['a', 'b', 'c']) await create(store, name);
    const first = await store.list({ freshness: consistent, keyPrefix: 'a/', limit: 1 });
    const rest = { freshness: { kind: 'exact', revision: first.revision }, keyPrefix: 'a/', afterKey: 'a/a', limit: 1 } as const;
    expect((await store.list(rest)).items.map(({ key }) => key)).toEqual(['a/b']);
    await storage.etcd.put({ key: 'compact_rev_key', value: Buffer.from(`${first.revision + 1}`) });
    await storage.etcd.compact({ revision: first.revision + 1 });
    await store.get('', { freshness: consistent }); // the announcement has come
    await expect(store.list(rest)).rejects.toMatchObject({ code: 410, reason: 'Expired' });
  });

  test('values of other writers are normalised', async () => {
    await using storage = createMemoryStorage();
    await storage.etcd.put({ key: '/registry/pods/a/x', value: Buffer.from('{"metadata":{"name":"x"},"apiVersion":"v1","kind":"Pod"}') });
    const store = await storage.store(pods);
    const { items } = await store.list({ freshness: consistent, keyPrefix: '', limit: 0 });
    expect(items.map(({ bytes }) => bytes.toString())).toEqual(['{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"2","name":"x"}}']);
  });

  test('objects with a time to live vanish, all of a lease in one batch', async () => {
    await using store = await createMemoryStore();
    const { revision } = await create(store, 'x', {}, 1);
    await create(store, 'y', {}, 1);
    using watcher = store.watch({ fromRevision: revision + 1, keyPrefix: '' });
    const events = await watcher.next({ maxEvents: 1, signal: AbortSignal.timeout(5000) });
    expect(events.map(({ type, object }) => [type, object.key])).toEqual([['DELETED', 'a/x'], ['DELETED', 'a/y']]);
  });

  test('faults of etcd become Kubernetes answers', async () => {
    let fault: 'none' | 'unreachable' = 'none';
    await using storage = createMemoryStorage({ faultOf: () => fault });
    const store = await storage.store(pods);
    fault = 'unreachable';
    await expect(store.get('a/x', { freshness: consistent })).rejects.toMatchObject({
      code: 500, reason: 'ServerTimeout', message: 'The get operation against pods could not be completed at this time, please try again.',
    });
    fault = 'none';
  });
});

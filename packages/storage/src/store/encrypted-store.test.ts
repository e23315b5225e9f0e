import { createMemoryStorage, labelsAndNames, type MemoryStorage } from '@kubernode/testing';
import type { OpenedValue, ValueTransformer } from '../encryption/value-transformer.ts';
import { canonicalBytes } from './canonical.ts';
import type { StoredObject } from './object-store.ts';

const consistent = { kind: 'consistent' } as const;
const everything = { freshness: consistent, keyPrefix: '', limit: 0 };
const pods = { prefix: '/registry/pods/', resource: { group: '', resource: 'pods' }, attributesOf: labelsAndNames };
const podBytes = (name: string, n = 0): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'a' }, n });
const exists = (): Error => new Error('exists');
const nextTurn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** Writes `GENERATION:ETCDKEY:` before a value; reads all generations up to its own, later when they are in `slow`. */
class Labelled implements ValueTransformer {
  generation = 1;
  /** What has to happen before values of a generation can be read. */
  readonly slow = new Map<number, Promise<void>>();
  fault: Error | undefined;

  toStorage(bytes: Buffer, etcdKey: string): Buffer {
    if (this.fault !== undefined) throw this.fault;
    return Buffer.concat([Buffer.from(`${this.generation}:${etcdKey}:`), bytes]);
  }

  fromStorage(stored: Buffer, etcdKey: string): OpenedValue | Promise<OpenedValue> {
    const generation = Number(stored.toString('utf8', 0, 1));
    const head = `${generation}:${etcdKey}:`;
    if (!stored.toString().startsWith(head) || generation > this.generation) throw new Error('no matching prefix found');
    const opened = { bytes: stored.subarray(head.length), isStale: generation !== this.generation };
    const before = this.slow.get(generation);
    return before === undefined ? opened : before.then(() => opened);
  }
}

function encrypted(): { transformer: Labelled; storage: MemoryStorage; raw(name: string): Promise<string | undefined>; putRaw(name: string, value: string): Promise<unknown> } {
  const transformer = new Labelled();
  const storage = createMemoryStorage({ transformers: { transformerFor: ({ resource }) => (resource === 'pods' ? transformer : undefined) } });
  const keyOf = (name: string): string => `/registry/pods/a/${name}`;
  return {
    transformer, storage,
    raw: async (name) => (await storage.etcd.range({ key: keyOf(name) })).kvs[0]?.value.toString(),
    putRaw: (name, value) => storage.etcd.put({ key: keyOf(name), value: Buffer.from(value) }),
  };
}

describe('an encrypted store', () => {
  test('holds in etcd what the transformer makes, bound to the full key, and reads it back', async () => {
    const { storage, raw } = encrypted();
    await using _disposed = storage;
    const store = await storage.store(pods);
    const created = await store.create('a/x', podBytes('x'), { exists });
    expect(await raw('x')).toBe(`1:/registry/pods/a/x:${podBytes('x').toString()}`);
    for (const freshness of [consistent, { kind: 'exact', revision: created.revision }] as const) expect((await store.get('a/x', { freshness }))?.bytes.equals(created.bytes)).toBe(true);
    expect((await (await storage.store(pods)).list(everything)).items.map(({ key }) => key)).toEqual(['a/x']);
  });

  test('leaves resources alone that nothing is said of, but does not read encrypted values of them', async () => {
    const { storage } = encrypted();
    await using _disposed = storage;
    const store = await storage.store({ ...pods, prefix: '/registry/nodes/', resource: { group: '', resource: 'nodes' } });
    await store.create('x', podBytes('x'), { exists });
    expect((await storage.etcd.range({ key: '/registry/nodes/x' })).kvs[0]?.value.equals(podBytes('x'))).toBe(true);
    await storage.etcd.put({ key: '/registry/nodes/y', value: Buffer.from('k8s:enc:aescbc:v1:k:…') });
    await expect(store.get('y', { freshness: consistent })).rejects.toMatchObject({ code: 500, message: 'Internal error occurred: identity transformer tried to read encrypted data' });
  });

  test('an update that changes nothing writes again what is stale, and nothing else', async () => {
    const { storage, transformer, raw } = encrypted();
    await using _disposed = storage;
    const store = await storage.store(pods);
    const { revision } = await store.create('a/x', podBytes('x'), { exists });
    const unchanged = (): Promise<{ outcome: string; object: StoredObject }> => store.update('a/x', () => ({ kind: 'unchanged' }), {});
    expect(await unchanged()).toMatchObject({ outcome: 'unchanged', object: { revision } });
    transformer.generation = 2;
    expect(await unchanged()).toMatchObject({ outcome: 'written', object: { revision: revision + 1 } });
    expect(await raw('x')).toBe(`2:/registry/pods/a/x:${podBytes('x').toString()}`);
    expect(await unchanged()).toMatchObject({ outcome: 'unchanged', object: { revision: revision + 1 } });
  });

  test('values of other writers are stale: they are written again in canonical form', async () => {
    const { storage, raw, putRaw } = encrypted();
    await using _disposed = storage;
    const store = await storage.store(pods);
    await putRaw('x', '1:/registry/pods/a/x:{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}');
    expect(await store.update('a/x', () => ({ kind: 'unchanged' }), {})).toMatchObject({ outcome: 'written' });
    expect(await raw('x')).toBe('1:/registry/pods/a/x:{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"}}');
  });

  test('a write that cannot be encrypted is an error and not written in the clear', async () => {
    const { storage, transformer, raw } = encrypted();
    await using _disposed = storage;
    const store = await storage.store(pods);
    transformer.fault = new Error('got unexpected nil transformer');
    await expect(store.create('a/x', podBytes('x'), { exists })).rejects.toMatchObject({ code: 500, reason: 'InternalError', message: 'Internal error occurred: got unexpected nil transformer' });
    expect(await raw('x')).toBeUndefined();
  });

  test('events keep their order while a plugin is asked, and consistent reads wait for them', async () => {
    const { storage, transformer, putRaw } = encrypted();
    await using _disposed = storage;
    const store = await storage.store(pods);
    const { revision } = await store.create('a/x', podBytes('x'), { exists });
    await store.get('a/x', { freshness: consistent });
    transformer.generation = 2;
    let answer = (): void => undefined;
    transformer.slow.set(2, new Promise((resolve) => { answer = resolve; }));
    using watcher = store.watch({ fromRevision: revision, keyPrefix: '' });
    await putRaw('y', `2:/registry/pods/a/y:${podBytes('y').toString()}`);
    await putRaw('x', `1:/registry/pods/a/x:${podBytes('x', 1).toString()}`);
    const reading = store.list(everything);
    for (let i = 0; i < 5; i++) await nextTurn();
    expect([store.revision, watcher.revision]).toEqual([revision, revision]);
    answer();
    expect((await reading).items.map(({ key }) => key)).toEqual(['a/x', 'a/y']);
    const events = await watcher.next({ maxEvents: 10, signal: AbortSignal.timeout(1000) });
    expect(events.map(({ type, object }) => [type, object.key, object.revision])).toEqual([['ADDED', 'a/y', revision + 1], ['MODIFIED', 'a/x', revision + 2]]);
  });
});

describe('a value that cannot be read', () => {
  const sealed = { code: 500, reason: 'InternalError', message: 'Internal error occurred: no matching prefix found' };

  test.each(['before the cache is loaded', 'as an event'])('fails what would have it and nothing else (%s)', async (when) => {
    const { storage, putRaw, raw } = encrypted();
    await using _disposed = storage;
    if (when !== 'as an event') await putRaw('bad', 'rubbish');
    const store = await storage.store(pods);
    await store.create('b/x', podBytes('x'), { exists });
    if (when === 'as an event') await putRaw('bad', 'rubbish');
    await expect(store.get('a/bad', { freshness: consistent })).rejects.toMatchObject(sealed);
    await expect(store.list(everything)).rejects.toMatchObject({ ...sealed, message: 'Internal error occurred: unable to transform key "/registry/pods/a/bad": no matching prefix found' });
    await expect(store.update('a/bad', (current) => { if (current === undefined) throw new Error('not found'); return { kind: 'delete' }; }, {})).rejects.toMatchObject(sealed);
    await expect(store.create('a/bad', podBytes('bad'), { exists })).rejects.toThrow('exists');
    expect((await store.list({ ...everything, keyPrefix: 'b/' })).items).toHaveLength(1);
    expect(await store.get('a/other', { freshness: consistent })).toBeUndefined();
    expect(await raw('bad')).toBe('rubbish');
  });

  test('ends watches instead of telling them that it is gone, and is new to later ones when it can be read again', async () => {
    const { storage, putRaw } = encrypted();
    await using _disposed = storage;
    const store = await storage.store(pods);
    const { revision } = await store.create('a/x', podBytes('x'), { exists });
    await store.get('a/x', { freshness: consistent });
    const watcher = store.watch({ fromRevision: revision, keyPrefix: '' });
    const read = (from: typeof watcher): ReturnType<typeof watcher.next> => from.next({ maxEvents: 10, signal: AbortSignal.timeout(1000) });
    await putRaw('x', 'rubbish');
    await expect(read(watcher)).rejects.toMatchObject({ code: 410 });
    expect(() => store.watch({ fromRevision: revision, keyPrefix: '' })).toThrow('too old resource version');
    using later = store.watch({ fromRevision: revision + 1, keyPrefix: '' });
    await putRaw('x', `1:/registry/pods/a/x:${podBytes('x', 2).toString()}`);
    expect((await read(later)).map(({ type, object }) => [type, object.key, object.revision])).toEqual([['ADDED', 'a/x', revision + 2]]);
    expect((await store.list(everything)).items).toHaveLength(1);
  });

  test('that is no object fails reads in the words of the decoder', async () => {
    const { storage, putRaw } = encrypted();
    await using _disposed = storage;
    await putRaw('x', '1:/registry/pods/a/x:[]');
    const store = await storage.store(pods);
    await expect(store.get('a/x', { freshness: consistent })).rejects.toMatchObject({ code: 500, message: 'the value is not a JSON object' });
  });
});

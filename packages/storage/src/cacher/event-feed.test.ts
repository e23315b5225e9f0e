import { systemClock } from '@kubernode/base';
import { createMemoryStorage, FakeEtcd, labelsAndNames } from '@kubernode/testing';
import { canonicalBytes } from '../store/canonical.ts';
import type { Watcher } from '../store/object-store.ts';

const pods = { prefix: '/registry/pods/', resource: { group: '', resource: 'pods' }, attributesOf: labelsAndNames };
const consistent = { freshness: { kind: 'consistent' } } as const;
const put = async (etcd: FakeEtcd, name: string, n = 0): Promise<number> => (await etcd.put({ key: `/registry/pods/${name}`, value: canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name }, n }) })).revision;
const immediately = { ...systemClock, sleep: (_: number, options?: Parameters<typeof systemClock.sleep>[1]) => systemClock.sleep(0, options) };

async function read(watcher: Watcher, count: number): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) for (const { revision, type, object } of await watcher.next({ maxEvents: 10, signal: AbortSignal.timeout(1_000) })) lines.push(`${revision} ${type} ${object.key}`);
  return lines;
}

describe('a replica that has just started', () => {
  test('knows what happened before: a client goes on there without listing anew', async () => {
    const etcd = new FakeEtcd({ clock: systemClock });
    await put(etcd, 'x');
    await put(etcd, 'y');
    await etcd.delete({ key: '/registry/pods/x' });
    await put(etcd, 'y', 1);
    await using storage = createMemoryStorage({ etcd });
    const store = await storage.store(pods);
    using watcher = store.watch({ fromRevision: 2, keyPrefix: '' });
    expect(await read(watcher, 3)).toEqual(['3 ADDED y', '4 DELETED x', '5 MODIFIED y']);
    expect((await store.list({ freshness: { kind: 'exact', revision: 3 }, keyPrefix: '', limit: 0 })).items.map(({ key }) => key)).toEqual(['x', 'y']);
  });

  test('begins at the last compaction', async () => {
    const etcd = new FakeEtcd({ clock: systemClock });
    for (let n = 0; n < 5; n++) await put(etcd, 'x', n);
    await etcd.put({ key: 'compact_rev_key', value: Buffer.from('4') });
    await etcd.compact({ revision: 4 });
    await using storage = createMemoryStorage({ etcd });
    const store = await storage.store(pods);
    expect(() => store.watch({ fromRevision: 3, keyPrefix: '' })).toThrow('too old resource version: 3 (4)');
    using watcher = store.watch({ fromRevision: 4, keyPrefix: '' });
    expect(await read(watcher, 2)).toEqual(['5 MODIFIED x', '6 MODIFIED x']);
  });

  test('tells of the time before it only while etcd does', async () => {
    const etcd = new FakeEtcd({ clock: systemClock });
    for (let n = 0; n < 5; n++) await put(etcd, 'x', n);
    await using storage = createMemoryStorage({ etcd });
    const store = await storage.store(pods);
    await etcd.compact({ revision: 4 });
    using old = store.watch({ fromRevision: 2, keyPrefix: 'z/' });
    await expect(old.next({ maxEvents: 10, signal: AbortSignal.timeout(1_000) })).rejects.toMatchObject({ code: 410, reason: 'Expired' });
    await expect(store.list({ freshness: { kind: 'exact', revision: 2 }, keyPrefix: '', limit: 0 })).rejects.toMatchObject({ code: 410 });
    using kept = store.watch({ fromRevision: 4, keyPrefix: '' });
    expect(await read(kept, 2)).toEqual(['5 MODIFIED x', '6 MODIFIED x']);
  });

  test('begins at the present when somebody else compacted', async () => {
    const etcd = new FakeEtcd({ clock: systemClock });
    for (let n = 0; n < 5; n++) await put(etcd, 'x', n);
    await etcd.compact({ revision: etcd.revision });
    await using storage = createMemoryStorage({ etcd, clock: immediately });
    const store = await storage.store(pods);
    expect((await store.list({ ...consistent, keyPrefix: '', limit: 0 })).items.map(({ revision }) => revision)).toEqual([6]);
  });

  test('serves nothing older than etcd was when it loaded', async () => {
    const etcd = new FakeEtcd({ clock: systemClock });
    await put(etcd, 'x', 1);
    await put(etcd, 'x', 2);
    etcd.pauseWatches();
    await using storage = createMemoryStorage({ etcd });
    const loading = storage.store(pods);
    await systemClock.sleep(20);
    etcd.resumeWatches();
    const store = await loading;
    expect((await store.get('x', { freshness: { kind: 'any' } }))?.revision).toBe(3);
  });
});

describe('etcd restored from a backup', () => {
  test.each([
    ['whose history is shorter', 0],
    ['whose history has grown as long as the one that was followed', 3],
    ['whose history has grown longer', 5],
  ])('%s: watchers get 410, and what is read is what etcd has', async (_, writesSince) => {
    const etcd = new FakeEtcd({ clock: systemClock });
    await using storage = createMemoryStorage({ etcd, clock: immediately });
    const store = await storage.store(pods);
    for (let n = 0; n < 6; n++) await put(etcd, 'x', n);
    await store.get('x', consistent);
    using watcher = store.watch({ fromRevision: store.revision, keyPrefix: '' });
    etcd.restore(4);
    for (let n = 0; n < writesSince; n++) await put(etcd, 'x', 100 + n);
    await expect(watcher.next({ maxEvents: 1, signal: AbortSignal.timeout(1_000) })).rejects.toMatchObject({ code: 410, reason: 'Expired' });
    const object = await store.get('x', consistent);
    expect([object?.revision, object?.decode<{ n: number }>().n]).toEqual([etcd.revision, writesSince === 0 ? 2 : 99 + writesSince]);
  });
});

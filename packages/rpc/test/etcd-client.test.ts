import { startEtcd, type EtcdProcess } from '@kubernode/testing';
import { createEtcdClient, EtcdError, prefixRangeEnd, type EtcdClient, type WatchBatch } from '@kubernode/rpc';

const text = (value: string): Buffer => Buffer.from(value);

describe('etcd client on a real etcd', () => {
  let etcd: EtcdProcess;
  let client: EtcdClient;
  beforeAll(async () => { etcd = await startEtcd(); client = createEtcdClient({ endpoints: ['http://127.0.0.1:1', etcd.endpoint], progressIntervalMs: 300 }); }, 30_000);
  afterAll(async () => { client.close(); await etcd[Symbol.asyncDispose](); });

  test('put, range, delete and history', async () => {
    const { revision } = await client.put({ key: '/kv/a', value: text('1') });
    await client.put({ key: '/kv/b', value: Buffer.alloc(300_000, 'x') });
    const range = await client.range({ key: '/kv/', rangeEnd: prefixRangeEnd('/kv/'), limit: 1 });
    expect(range).toEqual({ revision: revision + 1, more: true, count: 2, kvs: [{ key: '/kv/a', value: text('1'), createRevision: revision, modRevision: revision, version: 1, lease: 0n }] });
    expect(await client.delete({ key: '/kv/', rangeEnd: prefixRangeEnd('/kv/') })).toEqual({ revision: revision + 2, deleted: 2 });
    const past = await client.range({ key: '/kv/b', revision: revision + 1 });
    expect(past.kvs[0]?.value.length).toBe(300_000);
    expect(await client.range({ key: '/kv/', rangeEnd: prefixRangeEnd('/kv/'), countOnly: true })).toMatchObject({ count: 0, kvs: [] });
  });

  test('a transaction compares revisions and values and answers either branch', async () => {
    const create = { compare: [{ key: '/txn', target: 'modRevision', equals: 0 }] as const, success: [{ kind: 'put', key: '/txn', value: text('1') }] as const, failure: [{ kind: 'range', key: '/txn' }] as const };
    const first = await client.txn(create);
    const second = await client.txn(create);
    expect(first).toMatchObject({ succeeded: true, results: [{ kind: 'put' }] });
    expect(second).toMatchObject({ succeeded: false, revision: first.revision, results: [{ kind: 'range', kvs: [{ value: text('1'), modRevision: first.revision }] }] });
    const third = await client.txn({ compare: [{ key: '/txn', target: 'value', equals: '1' }, { key: '/txn', target: 'version', equals: 1 }], success: [{ kind: 'delete', key: '/txn' }], failure: [] });
    expect(third).toMatchObject({ succeeded: true, results: [{ kind: 'delete', deleted: 1 }] });
  });

  test('errors are typed and have etcd\'s own words', async () => {
    await expect(client.range({ key: '/x', revision: 1e9 })).rejects.toMatchObject({ code: 'futureRevision', fateUnknown: false });
    await expect(client.put({ key: '/x', value: Buffer.alloc(1_700_000) })).rejects.toMatchObject({ code: 'requestTooLarge', message: 'etcdserver: request is too large', fateUnknown: false });
    await expect(client.put({ key: '/x', value: text('1'), lease: 77n })).rejects.toMatchObject({ code: 'leaseNotFound' });
    const { revision } = await client.put({ key: '/x', value: text('1') });
    await client.compact({ revision });
    await expect(client.range({ key: '/x', revision: revision - 1 })).rejects.toMatchObject({ code: 'compacted' });
    await expect(watchAll(client, 1).next()).resolves.toMatchObject({ value: { events: [] } }); // created, then canceled
    await expect(drain(watchAll(client, 1))).rejects.toMatchObject({ code: 'compacted', compactRevision: revision });
  });

  test('leases grant, live on and end', async () => {
    const { id } = await client.grantLease(60);
    await client.put({ key: '/lease', value: text('1'), lease: id });
    expect(await client.keepLeaseAlive(id)).toMatchObject({ ttlSeconds: 60 });
    expect((await client.range({ key: '/lease' })).kvs[0]?.lease).toBe(id);
    await client.revokeLease(id);
    expect((await client.range({ key: '/lease' })).kvs).toEqual([]);
    expect(await client.keepLeaseAlive(id)).toMatchObject({ ttlSeconds: 0 });
  });

  test('a watch whose etcd says nothing, although asked, ends as unavailable', async () => {
    const watch = watchAll(client, (await client.range({ key: '/' })).revision);
    await watch.next(); // it was created
    etcd.freeze();
    try { await expect(drain(watch)).rejects.toMatchObject({ code: 'unavailable', message: 'the watch stream is silent' }); } finally { etcd.thaw(); }
  }, 20_000);

  test('a watch gives events in order, signs of life in silence, and ends with its signal', async () => {
    const controller = new AbortController();
    const { revision } = await client.put({ key: '/watch/a', value: text('1') });
    const watch = client.watch({ key: '/watch/', rangeEnd: prefixRangeEnd('/watch/'), startRevision: revision }, { signal: controller.signal })[Symbol.asyncIterator]();
    await client.delete({ key: '/watch/a' });
    const events: string[] = [];
    while (events.length < 2) for (const { type, kv } of (await watch.next() as IteratorResult<WatchBatch, never>).value.events) events.push(`${type} ${kv.key}@${kv.modRevision}`);
    expect(events).toEqual([`put /watch/a@${revision}`, `delete /watch/a@${revision + 1}`]);
    const life = await watch.next();
    expect(life).toMatchObject({ done: false, value: { events: [], revision: revision + 1 } });
    controller.abort();
    await expect(watch.next()).resolves.toMatchObject({ done: true });
  });

  test('an abort and a deadline end a call; a dead member is unavailable, with known fate', async () => {
    const controller = new AbortController();
    const aborted = client.range({ key: '/x' }, { signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    const lonely = createEtcdClient({ endpoints: ['127.0.0.1:1'] });
    const error: unknown = await lonely.put({ key: '/x', value: text('1') }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EtcdError);
    expect(error).toMatchObject({ code: 'unavailable', fateUnknown: false });
    lonely.close();
  });
});

function watchAll(client: EtcdClient, startRevision: number): AsyncIterator<WatchBatch> {
  return client.watch({ key: '\0', rangeEnd: '\0', startRevision }, { signal: AbortSignal.timeout(5_000) })[Symbol.asyncIterator]();
}

async function drain(watch: AsyncIterator<WatchBatch>): Promise<void> { while ((await watch.next()).done !== true); }

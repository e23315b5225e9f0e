import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createEtcdClient, type EtcdClient } from '@kubernode/rpc';
import { canonicalBytes, createObjectStore, createStorageBackend, type RunnableObjectStore, type StoredObject, type Watcher } from '@kubernode/storage';
import { labelsAndNames, startEtcd, type EtcdProcess } from '@kubernode/testing';

const podBytes = (name: string, n: number): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'a' }, n });
const exists = (): Error => new Error('exists');
const numberOf = (object: StoredObject | undefined): number => object?.decode<{ n: number }>().n ?? NaN;
const consistent = { freshness: { kind: 'consistent' } } as const;

describe('storage on a real etcd', () => {
  let etcd: EtcdProcess;
  beforeAll(async () => { etcd = await startEtcd(); }, 30_000);
  afterAll(async () => { await etcd[Symbol.asyncDispose](); });

  test('20 concurrent writers of one key, through two replicas, lose nothing', async () => {
    await using first = await replica(etcd, 'counter');
    await using second = await replica(etcd, 'counter');
    await first.store.create('a/x', podBytes('x', 0), { exists });
    const increment = (store: RunnableObjectStore): Promise<unknown> => store.update('a/x', (current) => ({ kind: 'write', bytes: podBytes('x', numberOf(current) + 1) }), {});
    await Promise.all(Array.from({ length: 20 }, (_, index) => increment(index % 2 === 0 ? first.store : second.store)));
    expect([numberOf(await first.store.get('a/x', consistent)), numberOf(await second.store.get('a/x', consistent))]).toEqual([20, 20]);
  }, 20_000);

  test('a replica reads at once what another has written', async () => {
    await using writer = await replica(etcd, 'reads');
    await using reader = await replica(etcd, 'reads');
    for (let n = 0; n < 50; n++) {
      const { revision } = await writer.store.create(`a/${n}`, podBytes(`${n}`, n), { exists });
      expect((await reader.store.get(`a/${n}`, consistent))?.revision).toBe(revision);
    }
    expect((await reader.store.list({ ...consistent, keyPrefix: 'a/', limit: 0 })).items.length).toBe(50);
  }, 20_000);

  test('kill and restart of etcd during writes: no acknowledged write is lost, no event is missed, repeated or reordered by any replica', async () => {
    await using first = await replica(etcd, 'restart');
    await using second = await replica(etcd, 'restart');
    const acknowledged = new Map<string, number>();
    const logs = [first, second].map(({ store }) => follow(store.watch({ fromRevision: store.revision, keyPrefix: '' })));
    let stop = false;
    const write = async (writer: number): Promise<void> => {
      const { store } = writer % 2 === 0 ? first : second;
      for (let n = 0; !stop; n++) {
        const name = `${writer}-${n % 5}`;
        const { object } = await store.update(`a/${name}`, () => ({ kind: 'write', bytes: podBytes(name, n) }), {}).catch(() => ({ object: undefined }));
        if (object !== undefined) acknowledged.set(object.key, Math.max(object.revision, acknowledged.get(object.key) ?? 0));
      }
    };
    const writers = Array.from({ length: 8 }, (_, index) => write(index));
    for (let round = 0; round < 2; round++) {
      await systemClock.sleep(400);
      await etcd.kill();
      await systemClock.sleep(300);
      await etcd.start();
    }
    await systemClock.sleep(400);
    stop = true;
    await Promise.all(writers);
    for (const [key, revision] of acknowledged) expect((await first.store.get(key, consistent))?.revision).toBeGreaterThanOrEqual(revision);
    await second.store.get('a/0-0', consistent);
    const [one = [], two = []] = await Promise.all(logs.map((log) => log.stop()));
    expect(one.length).toBeGreaterThan(100);
    expect(two).toEqual(one);
    expect(new Set(one).size).toBe(one.length);
    expect(one).toEqual([...one].sort((a, b) => Number(a.split(' ')[0]) - Number(b.split(' ')[0])));
    const { items } = await first.store.list({ ...consistent, keyPrefix: '', limit: 0 });
    const last = new Map(one.map((line) => [line.split(' ')[2], line.split(' ')[0]]));
    expect(Object.fromEntries(last)).toEqual(Object.fromEntries(items.map(({ key, revision }) => [key, `${revision}`])));
  }, 60_000);

  test('objects with a time to live vanish', async () => {
    await using only = await replica(etcd, 'ttl');
    const { revision } = await only.store.create('a/x', podBytes('x', 0), { exists, ttlSeconds: 1 });
    using watcher = only.store.watch({ fromRevision: revision, keyPrefix: 'a/' });
    const [event] = await watcher.next({ maxEvents: 1, signal: AbortSignal.timeout(15_000) });
    expect([event?.type, event?.object.key]).toEqual(['DELETED', 'a/x']);
  }, 20_000);

  test('compaction under a watch that fell behind is a 410, and the cache heals', async () => {
    await using only = await replica(etcd, 'compacted');
    const { revision } = await only.store.create('a/x', podBytes('x', 0), { exists });
    expect(numberOf(await only.store.get('a/x', consistent))).toBe(0);
    const watcher = only.store.watch({ fromRevision: revision, keyPrefix: '' });
    await etcd.kill(); // both ends are gone; the writer below comes back first
    await etcd.start();
    const admin = createEtcdClient({ endpoints: [etcd.endpoint] });
    let last = 0;
    for (let n = 1; n <= 3; n++) ({ revision: last } = await admin.put({ key: `${only.store.prefix}a/x`, value: podBytes('x', n) }));
    await admin.compact({ revision: last });
    admin.close();
    // Whether the feed came back before the compaction is a matter of luck: it saw all events, or it says so.
    const seen = await follow(watcher).until(3, 5_000);
    expect(seen instanceof Error ? 410 : seen.length).toEqual(seen instanceof Error ? (seen as Error & { code: number }).code : 3);
    expect(numberOf(await only.store.get('a/x', consistent))).toBe(3);
  }, 30_000);

  test.each([1_000, 4_000])('an etcd that stands still for %d ms is a pause for writers, readers and watchers, not a fault', async (pauseMs) => {
    await using only = await replica(etcd, `slow${pauseMs}`);
    const { revision } = await only.store.create('a/x', podBytes('x', 0), { exists });
    using watcher = only.store.watch({ fromRevision: revision, keyPrefix: '' });
    etcd.freeze();
    const writing = only.store.update('a/x', () => ({ kind: 'write', bytes: podBytes('x', 1) }), {});
    await systemClock.sleep(pauseMs);
    etcd.thaw();
    const { object } = await writing;
    expect(numberOf(await only.store.get('a/x', consistent))).toBe(1);
    const [event] = await watcher.next({ maxEvents: 10, signal: AbortSignal.timeout(10_000) });
    expect([event?.type, event?.revision, object.revision]).toEqual(['MODIFIED', revision + 1, revision + 1]); // done once
  }, 30_000);

  test('a request beyond etcd\'s limit gets Kubernetes\' answer', async () => {
    await using only = await replica(etcd, 'large');
    const huge = canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' }, pad: 'x'.repeat(1_700_000) });
    const error: unknown = await only.store.create('a/x', huge, { exists }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 500, reason: undefined, message: 'etcdserver: request is too large' });
  }, 20_000);
});

async function replica(etcd: EtcdProcess, resource: string): Promise<{ store: RunnableObjectStore; client: EtcdClient } & AsyncDisposable> {
  const client = createEtcdClient({ endpoints: [etcd.endpoint] });
  const backend = createStorageBackend({ etcd: client, clock: systemClock, rng: seededRng(1), logger: silentLogger });
  const store = createObjectStore({ backend, prefix: `/registry/${resource}/`, resource: { group: '', resource }, attributesOf: labelsAndNames });
  const tasks = new TaskGroup();
  tasks.spawn((signal) => backend.run(signal));
  tasks.spawn((signal) => store.run(signal));
  while (!store.ready) await systemClock.sleep(5);
  return { store, client, async [Symbol.asyncDispose]() { tasks.stop(); await tasks.done(); client.close(); } };
}

/** Writes down every event as `REVISION TYPE KEY`. */
function follow(watcher: Watcher): { stop(): Promise<string[]>; until(count: number, timeoutMs: number): Promise<string[] | Error> } {
  const lines: string[] = [];
  const controller = new AbortController();
  let failure: Error | undefined;
  const reading = (async () => {
    for (;;) {
      const events = await watcher.next({ maxEvents: 100, signal: controller.signal });
      lines.push(...events.map(({ type, revision, object }) => `${revision} ${type} ${object.key}`));
    }
  })().catch((error: unknown) => { if (!controller.signal.aborted) failure = error as Error; }); // next rejects with errors only
  const stop = async (): Promise<string[]> => {
    await systemClock.sleep(50);
    controller.abort();
    await reading;
    if (failure !== undefined) throw failure;
    return lines;
  };
  return {
    stop,
    async until(count, timeoutMs) {
      for (let waitedMs = 0; waitedMs < timeoutMs && lines.length < count && failure === undefined; waitedMs += 20) await systemClock.sleep(20);
      return failure ?? stop();
    },
  };
}

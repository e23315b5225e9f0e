import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createEtcdAdmin, createEtcdClient, type EtcdClient } from '@kubernode/rpc';
import { canonicalBytes, createObjectStore, createStorageBackend, type RunnableObjectStore, type StorageBackend } from '@kubernode/storage';
import { labelsAndNames, startEtcdCluster, type EtcdCluster, type EtcdClusterMember } from '@kubernode/testing';

const bytesOf = (name: string, n: number): Buffer => canonicalBytes({ kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'a' }, n });
const exists = (): Error => new Error('exists');
const consistent = { freshness: { kind: 'consistent' } } as const;

interface Fault { name: string; make(cluster: EtcdCluster, used: EtcdClusterMember, leader: EtcdClusterMember): void | Promise<void>; heal(cluster: EtcdCluster, used: EtcdClusterMember, leader: EtcdClusterMember): void | Promise<void> }

const FAULTS: readonly Fault[] = [
  { name: 'the member in use is killed', make: (_, used) => used.kill(), heal: (_, used) => used.start() },
  { name: 'the leader is killed', make: (_, __, leader) => leader.kill(), heal: (_, __, leader) => leader.start() },
  { name: 'the member in use is frozen', make: (_, used) => used.freeze(), heal: (_, used) => used.thaw() },
  { name: 'the leader is frozen', make: (_, __, leader) => leader.freeze(), heal: (_, __, leader) => leader.thaw() },
  { name: 'the member in use is cut off from its peers', make: (_, used) => used.isolate(), heal: (_, used) => used.rejoin() },
  { name: 'the leader is cut off from its peers', make: (_, __, leader) => leader.isolate(), heal: (_, __, leader) => leader.rejoin() },
];
/** The longest time of a call (a cut-off member never answers what it has taken), one attempt at a frozen member, an election; on a busy machine. */
const OUTAGE_MS_MAX = 12_000;
/** A fault shows after a moment only: what was under way still ends. */
const FAULT_SHOWS_MS = 500;
/** So many by each writer show that it goes on. */
const WRITES_AFTER = 5;

describe('storage on three etcds', () => {
  let cluster: EtcdCluster;
  beforeAll(async () => { cluster = await startEtcdCluster(); }, 60_000);
  afterAll(async () => { await cluster[Symbol.asyncDispose](); });

  test.each(FAULTS)('$name: writes go on, none is done twice, watches miss nothing', async ({ name, make, heal }) => {
    await using first = await replica(cluster.endpoints, name.replaceAll(/\W/g, ''));
    await using second = await replica([...cluster.endpoints].reverse(), name.replaceAll(/\W/g, ''));
    const used = cluster.members[0] as EtcdClusterMember; // the first replica begins with it
    const leader = await leaderOf(cluster);
    const logs = [first, second].map((each) => follow(each));
    const counters = [first, second, first, second].map((each, index) => count(each.store, `a/${index}`));
    await systemClock.sleep(300);
    await make(cluster, used, leader);
    await systemClock.sleep(FAULT_SHOWS_MS);
    const soFar = counters.map(({ tally }) => tally.acknowledged);
    const isWriting = (): boolean => counters.every(({ tally }, index) => tally.acknowledged > (soFar[index] ?? 0) + WRITES_AFTER);
    for (let waitedMs = 0; waitedMs < OUTAGE_MS_MAX && !isWriting(); waitedMs += 50) await systemClock.sleep(50);
    const wasWriting = isWriting();
    await heal(cluster, used, leader);
    await systemClock.sleep(1_000);
    for (const counter of counters) await counter.stop();
    expect(wasWriting).toBe(true);
    for (const [index, { tally }] of counters.entries()) {
      expect(tally.slowestMs).toBeLessThan(OUTAGE_MS_MAX);
      const n = (await second.store.get(`a/${index}`, consistent))?.decode<{ n: number }>().n ?? NaN;
      expect(n).toBeGreaterThanOrEqual(tally.acknowledged); // an acknowledged write is there
      expect(n).toBeLessThanOrEqual(tally.acknowledged + tally.unknown); // and was done once
    }
    const { items, revision } = await first.store.list({ ...consistent, keyPrefix: '', limit: 0 });
    const [one, two] = await Promise.all(logs.map((log) => log.upTo(revision)));
    expect(two).toEqual(one);
    expect(one?.map(({ revision: at }) => at)).toEqual([...new Set(one?.map(({ revision: at }) => at))].sort((a, b) => a - b));
    expect(Object.fromEntries(one?.map(({ key, revision: at }) => [key, at]) ?? [])).toEqual(Object.fromEntries(items.map(({ key, revision: at }) => [key, at])));
  }, 60_000);
});

interface Replica { store: RunnableObjectStore; backend: StorageBackend; client: EtcdClient }

async function replica(endpoints: readonly string[], resource: string): Promise<Replica & AsyncDisposable> {
  const client = createEtcdClient({ endpoints });
  const backend = createStorageBackend({ etcd: client, clock: systemClock, rng: seededRng(1), logger: silentLogger });
  const store = createObjectStore({ backend, prefix: `/registry/${resource}/`, resource: { group: '', resource }, attributesOf: labelsAndNames });
  const tasks = new TaskGroup();
  tasks.spawn((signal) => backend.run(signal));
  tasks.spawn((signal) => store.run(signal));
  while (!store.ready) await systemClock.sleep(5);
  return { store, backend, client, async [Symbol.asyncDispose]() { tasks.stop(); await tasks.done(); client.close(); } };
}

async function leaderOf({ members, endpoints }: EtcdCluster): Promise<EtcdClusterMember> {
  const admin = createEtcdAdmin({ endpoints });
  try {
    for (const member of members) {
      const status = await admin.status(member.endpoint);
      if (status.leader === status.memberId) return member;
    }
  } finally { admin.close(); }
  throw new Error('no member says that it leads');
}

/** Counts one object up, one write after the other, until stopped. */
function count(store: RunnableObjectStore, key: string): { tally: { acknowledged: number; unknown: number; slowestMs: number }; stop(): Promise<void> } {
  const tally = { acknowledged: 0, unknown: 0, slowestMs: 0 };
  let stopped = false;
  const counting = (async () => {
    await store.create(key, bytesOf(key, 0), { exists });
    while (!stopped) {
      const startedMs = systemClock.monotonicNow();
      try {
        await store.update(key, (current) => ({ kind: 'write', bytes: bytesOf(key, (current?.decode<{ n: number }>().n ?? NaN) + 1) }), {});
        tally.acknowledged++;
      } catch { tally.unknown++; } // the client was told that it is not known
      tally.slowestMs = Math.max(tally.slowestMs, systemClock.monotonicNow() - startedMs);
      await systemClock.sleep(5);
    }
  })();
  return { tally, stop: async () => { stopped = true; await counting; } };
}

interface Seen { revision: number; type: string; key: string }

/** Writes down every event. */
function follow({ store }: Replica): { upTo(revision: number): Promise<Seen[]> } {
  const watcher = store.watch({ fromRevision: store.revision, keyPrefix: '' });
  const seen: Seen[] = [];
  const controller = new AbortController();
  const reading = (async () => {
    for (;;) for (const { revision, type, object } of await watcher.next({ maxEvents: 100, signal: controller.signal })) seen.push({ revision, type, key: object.key });
  })().catch((error: unknown) => { if (!controller.signal.aborted) throw error; });
  return {
    async upTo(revision) {
      await Promise.race([reading, store.list({ freshness: { kind: 'notOlderThan', revision }, keyPrefix: '', limit: 0 })]);
      await systemClock.sleep(20);
      controller.abort();
      await reading;
      return seen;
    },
  };
}

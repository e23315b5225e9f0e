import { systemClock, TaskGroup } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createEtcdAdmin, createEtcdClient, EtcdError, type EtcdAdmin, type EtcdClient } from '@kubernode/rpc';
import { startEtcd } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { createMaintenanceMetrics, runMaintenance, type FullNotice } from '@kubernode/storage';

const QUOTA_BYTES = 40 * 1024 ** 2;
/** etcd writes to its file every tenth of a second, and its size is what was written. */
const COMMIT_MS = 150;

test('a member that gets full is told of and gives back what compaction freed, by one replica at a time', async () => {
  await using etcd = await startSmallEtcd();
  const { client, admin, replicas } = etcd;
  const notices: FullNotice[] = [];
  const registries = [new Registry(), new Registry()];
  await fill(client, admin, etcd.endpoint);
  const full = (await admin.status(etcd.endpoint)).dbSize;
  registries.forEach((registry, n) => replicas.spawn((signal) => runMaintenance({
    etcd: client, admin, clock: systemClock, logger: silentLogger, metrics: createMaintenanceMetrics(registry), identity: `replica-${n}`, quotaBytes: QUOTA_BYTES, intervalMs: 100, onFull: (notice) => { notices.push(notice); },
  }, signal)));
  while (notices.length < 2) await systemClock.sleep(50); // each replica tells
  expect(notices[0]).toMatchObject({ member: 'test', isWritable: true });
  await client.compact({ revision: (await client.range({ key: '/big' })).revision, physical: true });
  const tick = async (): Promise<void> => { await client.put({ key: '/tick', value: Buffer.from('1') }); await systemClock.sleep(50); }; // etcd counts what compaction freed with the next write
  while ((await admin.status(etcd.endpoint)).dbSize > full / 4) await tick();
  const count = async (registry: Registry): Promise<number> => (await registry.getSingleMetric('apiserver_storage_defragmentations_total')?.get())?.values[0]?.value ?? 0;
  while (await count(registries[0] as Registry) + await count(registries[1] as Registry) === 0) await systemClock.sleep(50);
  await systemClock.sleep(500); // five rounds of two replicas, with nothing left to gain
  expect(await count(registries[0] as Registry) + await count(registries[1] as Registry)).toBe(1);
  expect(await registries[0]?.metrics()).toMatch(/apiserver_storage_size_bytes\{storage_cluster_id="test"\} \d+/);
  expect(notices).toHaveLength(2);
}, 120_000);

test('a member that cannot be defragmented is tried once by all replicas together, and not at every round', async () => {
  await using etcd = await startSmallEtcd();
  const { client, admin, replicas } = etcd;
  let [tried, rounds] = [0, 0];
  const fullDisk: EtcdAdmin = { ...admin, defragment: () => { tried++; return Promise.reject(new EtcdError({ code: 'other', message: 'write db.tmp: no space left on device' })); } };
  await fill(client, admin, etcd.endpoint);
  await client.compact({ revision: (await client.range({ key: '/big' })).revision, physical: true });
  await client.put({ key: '/tick', value: Buffer.from('1') }); // etcd counts what compaction freed with the next write
  for (const identity of ['one', 'other']) {
    const metrics = createMaintenanceMetrics(new Registry());
    replicas.spawn((signal) => runMaintenance({ etcd: client, admin: fullDisk, clock: systemClock, logger: silentLogger, metrics: { ...metrics, observed: () => { rounds++; } }, identity, quotaBytes: QUOTA_BYTES, intervalMs: 50, onFull: () => undefined }, signal));
  }
  while (tried === 0) await systemClock.sleep(50);
  const before = rounds;
  while (rounds < before + 10) await systemClock.sleep(50);
  expect(tried).toBe(1);
}, 120_000);

interface SmallEtcd extends AsyncDisposable { endpoint: string; client: EtcdClient; admin: EtcdAdmin; replicas: TaskGroup }

/** One with little room, and those who look after it, who end before it does. */
async function startSmallEtcd(): Promise<SmallEtcd> {
  const etcd = await startEtcd({ args: [`--quota-backend-bytes=${QUOTA_BYTES}`] });
  const [client, admin] = [createEtcdClient({ endpoints: [etcd.endpoint] }), createEtcdAdmin({ endpoints: [etcd.endpoint] })];
  const replicas = new TaskGroup();
  return {
    endpoint: etcd.endpoint, client, admin, replicas,
    async [Symbol.asyncDispose]() {
      replicas.stop();
      try { await replicas.done(); } finally {
        client.close();
        admin.close();
        await etcd[Symbol.asyncDispose]();
      }
    },
  };
}

/** With the history of one value, until it counts as nearly full. */
async function fill(client: EtcdClient, admin: EtcdAdmin, endpoint: string): Promise<void> {
  for (let n = 0; (await admin.status(endpoint)).dbSize < 0.82 * QUOTA_BYTES; n++) {
    await client.put({ key: '/big', value: Buffer.alloc(1_000_000, n) });
    await systemClock.sleep(COMMIT_MS);
  }
}

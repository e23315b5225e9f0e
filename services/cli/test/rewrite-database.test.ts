import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { createEtcdAdmin, createEtcdClient, EtcdError, isMembershipUnsafe, isNotReadyToPromote, prefixRangeEnd, type EtcdClient, type KeyValue } from '@kubernode/rpc';
import { Fixtures, freePort, startEtcd } from '@kubernode/testing';
import { makeDataFolder } from '../src/etcd/replace-data.ts';
import { summarizeDatabase } from '../src/etcd/rewrite-database.ts';

const BUMP = 1_000_000_000;
const everything = { key: '\0', rangeEnd: '\0' };
/** etcd of Debian, and a newer one where the machine has it: each takes what either wrote. */
const binaries = ['etcd', process.env['KUBERNODE_TEST_ETCD_NEW'] ?? ''].filter((one) => one !== '');

describe.each(binaries.flatMap((from) => binaries.map((to) => [from, to])))('a database that %s wrote, for %s', (from, to) => {
  test('begins a new cluster with the same keys, leases and history of versions, at a revision that no watcher has seen', async () => {
    await using folder = await temporaryFolder();
    await using old = await startEtcd({ binary: from });
    const before = await fill(old.endpoint);
    const snapshot = path.join(folder.dir, 'snapshot');
    const { clusterId } = await saveSnapshot(old.endpoint, snapshot);
    const dataDir = path.join(folder.dir, 'data');
    const peerPort = await freePort();
    makeDataFolder({ dataDir, snapshot, bumpRevision: BUMP, name: 'test', founding: { members: [{ name: 'test', peerUrls: [`http://127.0.0.1:${peerPort}`] }], token: 'restored' } });
    const summary = { revision: before.revision + BUMP, compactRevision: before.revision + BUMP };
    expect(summarizeDatabase(path.join(dataDir, 'member/snap/db'))).toEqual(summary);
    await using restored = await startEtcd({ binary: to, peerPort, args: ['--data-dir', dataDir] });
    const client = createEtcdClient({ endpoints: [restored.endpoint] });
    const admin = createEtcdAdmin({ endpoints: [restored.endpoint] });
    try {
      const range = await client.range(everything);
      expect(range.revision).toBe(summary.revision);
      expect(described(range.kvs)).toBe(described(before.kvs));
      expect((await admin.status(restored.endpoint)).clusterId).not.toBe(clusterId);
      for (const startRevision of [2, before.revision, before.revision + 5_000, summary.revision - 1]) {
        expect(await watchError(client, startRevision)).toMatchObject({ code: 'compacted', compactRevision: summary.revision });
      }
      expect(await client.put({ key: '/new', value: Buffer.from('1') })).toEqual({ revision: summary.revision + 1 });
      const lease = before.kvs.find(({ key }) => key === '/leased')?.lease ?? 0n;
      expect(await client.keepLeaseAlive(lease)).toMatchObject({ ttlSeconds: 600 });
      await client.revokeLease(lease);
      expect((await client.range({ key: '/leased' })).kvs).toEqual([]);
      await client.compact({ revision: summary.revision + 1, physical: true });
      await restored.kill();
      await restored.start();
      const again = await client.range({ key: '/k/', rangeEnd: prefixRangeEnd('/k/') });
      expect(described(again.kvs)).toBe(described(before.kvs.filter(({ key }) => key.startsWith('/k/'))));
      expect((await client.range({ key: '/new' })).kvs).toMatchObject([{ modRevision: summary.revision + 1 }]);
    } finally { client.close(); admin.close(); }
  }, 60_000);
});

test.each(binaries)('three members of %s begin with copies of one database, and a fourth gets it from them', async (binary) => {
  await using folder = await temporaryFolder();
  await using old = await startEtcd({ binary });
  const before = await fill(old.endpoint);
  const snapshot = path.join(folder.dir, 'snapshot');
  await saveSnapshot(old.endpoint, snapshot);
  const ports = [await freePort(), await freePort(), await freePort()];
  const founding = { members: ports.map((port, n) => ({ name: `m${n}`, peerUrls: [`http://127.0.0.1:${port}`] })), token: 'restored' };
  const cluster = founding.members.map(({ name, peerUrls }) => `${name}=${peerUrls.join()}`).join(',');
  await using members = new Fixtures();
  const started = await Promise.all(ports.map((peerPort, n) => {
    const dataDir = path.join(folder.dir, `${n}`);
    makeDataFolder({ dataDir, snapshot, bumpRevision: BUMP, founding, name: `m${n}` });
    return members.use(startEtcd({ binary, peerPort, args: ['--name', `m${n}`, '--data-dir', dataDir, '--initial-cluster', cluster, '--initial-cluster-token', 'restored'] }));
  }));
  const endpoints = started.map(({ endpoint }) => endpoint);
  const client = createEtcdClient({ endpoints });
  const admin = createEtcdAdmin({ endpoints });
  try {
    await client.put({ key: '/new', value: Buffer.from('1') });
    const revision = before.revision + BUMP + 1;
    const hashAt = async (endpoint: string): Promise<number> => (await until(() => admin.hashKv(endpoint, revision), isBehind)).hash;
    const hashes = new Set(await Promise.all(endpoints.map(hashAt)));
    expect(hashes.size).toBe(1);
    expect((await client.range({ ...everything, countOnly: true })).count).toBe(before.kvs.length + 1);
    // Whoever joins later begins with nothing and must be given all of it: the log from its beginning would not do.
    const peerPort = await freePort();
    await until(() => admin.addMember({ peerUrls: [`http://127.0.0.1:${peerPort}`], isLearner: true }), isMembershipUnsafe);
    const joined = await members.use(startEtcd({ binary, peerPort, args: ['--name', 'm3', '--data-dir', path.join(folder.dir, '3'), '--initial-cluster', `${cluster},m3=http://127.0.0.1:${peerPort}`, '--initial-cluster-state', 'existing'] }));
    const learner = (await admin.members()).find(({ isLearner }) => isLearner);
    await until(() => admin.promoteMember(learner?.id ?? 0n), isNotReadyToPromote);
    expect(hashes).toContain(await hashAt(joined.endpoint));
  } finally { client.close(); admin.close(); }
}, 60_000);

/** Enough for several levels of pages, with values that are larger than pages, deletions, old versions and a lease. */
async function fill(endpoint: string): Promise<{ revision: number; kvs: KeyValue[] }> {
  const client = createEtcdClient({ endpoints: [endpoint] });
  try {
    for (let n = 0; n < 3_000; n += 100) {
      await client.txn({ compare: [], failure: [], success: Array.from({ length: 100 }, (_, i) => ({ kind: 'put', key: `/k/${n + i}`, value: Buffer.alloc((n + i) % 300, 'v') })) });
    }
    await client.put({ key: '/k/large', value: Buffer.alloc(1_000_000, 'x') });
    await client.compact({ revision: 10 });
    for (let n = 0; n < 20; n++) await client.put({ key: '/k/versions', value: Buffer.from(`${n}`) });
    await client.delete({ key: '/k/7' });
    const { id } = await client.grantLease(600);
    await client.put({ key: '/leased', value: Buffer.from('event'), lease: id });
    const { revision, kvs } = await client.range(everything);
    return { revision, kvs: kvs.map((kv) => ({ ...kv, value: Buffer.from(kv.value) })) };
  } finally { client.close(); }
}

/** All there is to say of keys, as one text: comparing thousands of buffers takes a test runner minutes. */
function described(kvs: readonly KeyValue[]): string {
  return kvs.map(({ key, value, createRevision, modRevision, version, lease }) => [key, createHash('sha256').update(value).digest('hex'), createRevision, modRevision, version, lease].join(' ')).join('\n');
}

async function saveSnapshot(endpoint: string, file: string): Promise<{ clusterId: bigint }> {
  const admin = createEtcdAdmin({ endpoints: [endpoint] });
  const handle = await open(file, 'wx');
  try {
    for await (const piece of admin.snapshot(endpoint, { signal: AbortSignal.timeout(30_000) })) await handle.write(piece);
    return await admin.status(endpoint);
  } finally { await handle.close(); admin.close(); }
}

async function watchError(client: EtcdClient, startRevision: number): Promise<unknown> {
  try {
    for await (const batch of client.watch({ ...everything, startRevision }, { signal: AbortSignal.timeout(10_000) })) expect(batch.events).toEqual([]);
  } catch (error) { return error instanceof EtcdError ? error : String(error); }
  return 'ended';
}

/** Again and again while it is too early. */
async function until<T>(call: () => Promise<T>, isEarly: (error: unknown) => boolean): Promise<T> {
  for (;;) {
    try { return await call(); } catch (error) { if (!isEarly(error)) throw error; }
    await systemClock.sleep(100);
  }
}

/** A member learns of its own promotion as late as of everything else. */
function isBehind(error: unknown): boolean { return error instanceof EtcdError && (error.code === 'futureRevision' || error.message.includes('not supported for learner')); }

async function temporaryFolder(): Promise<AsyncDisposable & { dir: string }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'kubernode-rewrite-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

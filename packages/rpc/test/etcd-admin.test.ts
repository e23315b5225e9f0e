import { createHash } from 'node:crypto';
import { freePort, startEtcd, startEtcdCluster, type EtcdProcess } from '@kubernode/testing';
import { createEtcdAdmin, createEtcdClient, EtcdError, isNotReadyToPromote, type EtcdAdmin, type EtcdClient } from '@kubernode/rpc';

const text = (value: string): Buffer => Buffer.from(value);

describe('care of a single etcd', () => {
  let etcd: EtcdProcess;
  let client: EtcdClient;
  let admin: EtcdAdmin;
  beforeAll(async () => {
    etcd = await startEtcd();
    client = createEtcdClient({ endpoints: [etcd.endpoint] });
    admin = createEtcdAdmin({ endpoints: [etcd.endpoint] });
  }, 30_000);
  afterAll(async () => { client.close(); admin.close(); await etcd[Symbol.asyncDispose](); });

  test('members, status and alarms', async () => {
    expect(await admin.members()).toMatchObject([{ name: 'test', clientUrls: [etcd.endpoint], isLearner: false }]);
    expect(await admin.membersAt(etcd.endpoint)).toEqual(await admin.members());
    expect(await admin.alarms()).toEqual([]);
    const status = await admin.status(etcd.endpoint);
    expect(status.version).toMatch(/^3\.\d+\.\d+/);
    expect(status.memberId).toBe(status.leader);
    expect(status.clusterId).not.toBe(0n);
    expect([status.raftTerm, status.raftIndex, status.raftAppliedIndex].every((one) => one > 0)).toBe(true);
  });

  test('defragmenting gives back what compaction freed', async () => {
    for (let n = 0; n < 20; n++) await client.put({ key: '/big', value: Buffer.alloc(500_000, n) });
    await client.compact({ revision: (await client.range({ key: '/big' })).revision, physical: true });
    const before = await admin.status(etcd.endpoint);
    await admin.defragment(etcd.endpoint);
    const after = await admin.status(etcd.endpoint);
    expect(after.dbSize).toBeLessThan(before.dbSize / 2);
  });

  test('a hash changes with the data alone', async () => {
    await client.put({ key: '/first', value: text('1') }); // so that there is something after the last compaction
    const first = await admin.hashKv(etcd.endpoint, 0);
    expect(await admin.hashKv(etcd.endpoint, 0)).toEqual(first);
    await client.put({ key: '/other', value: text('1') });
    expect((await admin.hashKv(etcd.endpoint, 0)).hash).not.toBe(first.hash);
    expect((await admin.hashKv(etcd.endpoint, first.revision)).hash).toBe(first.hash);
  });

  test('a snapshot is a database with its hash behind it', async () => {
    await client.put({ key: '/large', value: Buffer.alloc(1_000_000, 'x') });
    const pieces: Buffer[] = [];
    for await (const piece of admin.snapshot(etcd.endpoint, { signal: AbortSignal.timeout(30_000) })) pieces.push(Buffer.from(piece));
    const bytes = Buffer.concat(pieces);
    expect(bytes.length).toBeGreaterThan(1_000_000);
    expect(bytes.length % 512).toBe(32);
    expect(createHash('sha256').update(bytes.subarray(0, -32)).digest()).toEqual(bytes.subarray(-32));
  });

  test('a snapshot ends with its signal and fails where nobody answers', async () => {
    const controller = new AbortController();
    const cut = (async () => { for await (const piece of admin.snapshot(etcd.endpoint, { signal: controller.signal })) if (piece.length > 0) controller.abort(); })();
    await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
    await expect(admin.snapshot('http://127.0.0.1:1', { signal: AbortSignal.timeout(30_000) })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('a learner that never starts takes no quorum, is not promoted, and can be removed', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const added = await admin.addMember({ peerUrls: [url], isLearner: true });
    expect(added).toMatchObject({ name: '', peerUrls: [url], isLearner: true });
    await client.put({ key: '/still', value: text('writable') });
    const refused: unknown = await admin.promoteMember(added.id).catch((error: unknown) => error);
    expect([refused instanceof EtcdError, isNotReadyToPromote(refused)]).toEqual([true, true]);
    await admin.removeMember(added.id);
    expect(await admin.members()).toHaveLength(1);
  });
});

test('a leader hands over, and a member that the client was not made for is asked as well', async () => {
  await using cluster = await startEtcdCluster(3);
  const admin = createEtcdAdmin({ endpoints: cluster.endpoints.slice(0, 1) });
  try {
    const statuses = await Promise.all(cluster.endpoints.map(async (endpoint) => ({ endpoint, ...await admin.status(endpoint) })));
    const leader = statuses.find(({ leader: id, memberId }) => id === memberId);
    const other = statuses.find(({ memberId }) => memberId !== leader?.memberId);
    await admin.moveLeader(leader?.endpoint ?? '', other?.memberId ?? 0n);
    expect((await admin.status(other?.endpoint ?? '')).leader).toBe(other?.memberId);
  } finally { admin.close(); }
}, 60_000);

import { cp, rm } from 'node:fs/promises';
import { systemClock } from '@kubernode/base';
import { createEtcdAdmin, createEtcdClient } from '@kubernode/rpc';
import { startEtcd } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

interface Status { code: number; reason?: string; message: string }
interface ConfigMap { metadata: { name: string; resourceVersion: string }; data?: Record<string, string> }
interface List { metadata: { resourceVersion: string }; items: ConfigMap[] }

const configMaps = '/api/v1/namespaces/default/configmaps';
const QUOTA_BYTES = 4 * 1024 * 1024;
/** A read is tried again for three seconds, a health check gives up after two; the rest is a slow machine's. */
const ANSWER_MS_MAX = 10_000;

describe('an API server', () => {
  test('tells when etcd is frozen, still answers from memory, and goes on when it is back', async () => {
    await using etcd = await startEtcd();
    await using cluster = await startReplicas(1, [etcd.endpoint]);
    const [server] = cluster.replicas as [ReplicaUnderTest];
    await create(server, 'before', 'x');
    const { metadata: { resourceVersion } } = (await server.request('GET', configMaps)).json<List>();
    const watching = server.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`, 1);
    etcd.freeze();
    const startedMs = systemClock.monotonicNow();
    const read = await server.request('GET', `${configMaps}/before`);
    const ready = await server.request('GET', '/readyz?verbose');
    expect(systemClock.monotonicNow() - startedMs).toBeLessThan(ANSWER_MS_MAX);
    expect([read.status, read.json<Status>()]).toEqual([500, expect.objectContaining({ reason: 'ServerTimeout', message: 'The get operation against configmaps could not be completed at this time, please try again.' })]);
    expect(ready.status).toBe(500);
    expect(ready.body.toString()).toMatch(/\[-\]etcd failed: reason withheld\n\[-\]etcd-readiness failed: reason withheld\n/);
    expect((await server.request('GET', `${configMaps}/before?resourceVersion=0`)).status).toBe(200);
    etcd.thaw();
    await until(async () => (await server.request('GET', '/readyz')).status === 200);
    expect((await create(server, 'after', 'x')).status).toBe(201);
    expect((await watching).map((line) => (JSON.parse(line) as { object: ConfigMap }).object.metadata.name)).toEqual(['after']);
  }, 60_000);

  test('lets things be deleted when etcd is full, refuses writes in etcd\'s words, and goes on when there is space', async () => {
    await using etcd = await startEtcd({ args: [`--quota-backend-bytes=${QUOTA_BYTES}`] });
    await using cluster = await startReplicas(1, [etcd.endpoint]);
    const [server] = cluster.replicas as [ReplicaUnderTest];
    let refused: Status | undefined;
    for (let n = 0; refused === undefined && n < 100; n++) {
      const answer = await create(server, `big-${n}`, 'x'.repeat(200_000));
      if (answer.status !== 201) refused = answer.json<Status>();
    }
    expect(refused).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'etcdserver: mvcc: database space exceeded', code: 500 });
    const { items } = (await server.request('GET', configMaps)).json<List>();
    expect(items.length).toBeGreaterThan(2);
    for (const { metadata } of items) expect([metadata.name, (await server.request('DELETE', `${configMaps}/${metadata.name}`)).status]).toEqual([metadata.name, 200]);
    expect((await server.request('GET', configMaps)).json<List>().items).toEqual([]);
    const client = createEtcdClient({ endpoints: [etcd.endpoint] });
    const admin = createEtcdAdmin({ endpoints: [etcd.endpoint] });
    const { revision } = await client.range({ key: '/' });
    await client.compact({ revision, physical: true });
    await admin.defragment(etcd.endpoint);
    for (const alarm of await admin.alarms()) await admin.disarm(alarm);
    client.close();
    admin.close();
    expect((await create(server, 'after', 'x')).status).toBe(201);
  }, 60_000);

  test('notices that etcd was restored from older data: watches get 410, and nothing of what is lost is shown again', async () => {
    await using etcd = await startEtcd();
    await using cluster = await startReplicas(1, [etcd.endpoint]);
    const [server] = cluster.replicas as [ReplicaUnderTest];
    await create(server, 'kept', 'x');
    await etcd.kill();
    const backup = `${etcd.folder}-backup`;
    await cp(etcd.folder, backup, { recursive: true });
    await etcd.start();
    await until(async () => (await create(server, 'lost', 'x')).status === 201);
    for (let n = 0; n < 20; n++) await server.request('PATCH', `${configMaps}/kept`, { body: { data: { n: `${n}` } }, headers: { 'content-type': 'application/merge-patch+json' } });
    const { metadata: { resourceVersion } } = (await server.request('GET', configMaps)).json<List>();
    const watching = server.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`, 1);
    await etcd.kill();
    await rm(etcd.folder, { recursive: true });
    await cp(backup, etcd.folder, { recursive: true });
    await rm(backup, { recursive: true });
    await etcd.start();
    expect((await watching).map((line) => JSON.parse(line) as object)).toEqual([expect.objectContaining({ type: 'ERROR', object: expect.objectContaining({ code: 410, reason: 'Expired' }) })]);
    await until(async () => (await server.request('GET', '/readyz')).status === 200);
    for (const query of ['', '?resourceVersion=0']) expect((await server.request('GET', `${configMaps}${query}`)).json<List>().items.map(({ metadata, data }) => [metadata.name, data])).toEqual([['kept', { text: 'x' }]]);
    expect((await server.request('GET', `${configMaps}/lost`)).status).toBe(404);
  }, 60_000);
});

function create(server: ReplicaUnderTest, name: string, text: string): ReturnType<ReplicaUnderTest['request']> {
  return server.request('POST', configMaps, { body: { metadata: { name }, data: { text } } });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 100) {
    if (await holds()) return;
    await systemClock.sleep(100);
  }
  throw new Error('it did not become so in time');
}

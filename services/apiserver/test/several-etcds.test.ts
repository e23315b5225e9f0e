import { createEtcdClient, prefixRangeEnd, type EtcdClient } from '@kubernode/rpc';
import { Fixtures, startEtcd, type EtcdProcess } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

const events = '/api/v1/namespaces/default/events';
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('an API server with --etcd-prefix and --etcd-servers-overrides', () => {
  let etcds: [EtcdProcess, EtcdProcess];
  const fixtures = new Fixtures();
  beforeAll(async () => { etcds = await Promise.all([fixtures.use(startEtcd()), fixtures.use(startEtcd())]); }, 30_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  test('keeps events in the other etcd and everything below the prefix, and serves both', async () => {
    const [main, other] = etcds;
    await using cluster = await startReplicas(2, [main.endpoint], ['--etcd-prefix=clusters/one/', `--etcd-servers-overrides=/events#${other.endpoint}`]);
    const [first, second] = cluster.replicas as [ReplicaUnderTest, ReplicaUnderTest]; // two were started
    const watching = second.watch(`${events}?watch=1`, 1);
    const event = { metadata: { name: 'e' }, involvedObject: { namespace: 'default', name: 'x' }, reason: 'Test', type: 'Normal' };
    expect([(await first.request('POST', configMaps, { body: { metadata: { name: 'c' } } })).status, (await first.request('POST', events, { body: event })).status]).toEqual([201, 201]);
    expect((await watching).map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['ADDED']);
    for (const path of [`${events}/e`, `/apis/events.k8s.io/v1/namespaces/default/events/e`, `${configMaps}/c`]) expect((await second.request('GET', path)).status).toBe(200);
    expect(await rootsOf(main)).toEqual(['/clusters/one']);
    expect(await keysOf(other)).toEqual(['/clusters/one/events/default/e']);
    expect((await first.request('GET', '/metrics')).body.toString()).toMatch(/^apiserver_resource_objects\{group="",resource="events"\} 1$/m);
  }, 60_000);
});

async function keysOf({ endpoint }: EtcdProcess): Promise<string[]> {
  const client: EtcdClient = createEtcdClient({ endpoints: [endpoint] });
  try { return (await client.range({ key: '/', rangeEnd: prefixRangeEnd('/'), keysOnly: true })).kvs.map(({ key }) => key); } finally { client.close(); }
}

async function rootsOf(etcd: EtcdProcess): Promise<string[]> {
  return [...new Set((await keysOf(etcd)).map((key) => key.split('/').slice(0, 3).join('/')))];
}

import { createEtcdClient, prefixRangeEnd } from '@kubernode/rpc';
import { startEtcd, type EtcdProcess } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

interface Service { metadata: { name: string }; spec: { clusterIP: string; ports: { nodePort: number }[] } }
interface IpAddress { metadata: { name: string }; spec: { parentRef: { resource: string; namespace: string; name: string } } }

const SERVICES_PER_REPLICA = 200;
const NODE_PORT_CLAIMS = '/registry/kubernode/nodeports/';
const services = '/api/v1/namespaces/default/services';
const addresses = '/apis/networking.k8s.io/v1/ipaddresses';

describe('services made through two replicas at once', () => {
  let etcd: EtcdProcess;
  beforeAll(async () => { etcd = await startEtcd(); }, 30_000);
  afterAll(async () => { await etcd[Symbol.asyncDispose](); });

  test('none shares an address or a port of nodes, and deleting them gives all back', async () => {
    await using cluster = await startReplicas(2, [etcd.endpoint]);
    const [first, second] = cluster.replicas as [ReplicaUnderTest, ReplicaUnderTest]; // two were started
    const made = await Promise.all(cluster.replicas.flatMap((replica, index) => Array.from({ length: SERVICES_PER_REPLICA }, async (_, n) => (await create(replica, `s${index}-${n}`, {})).json<Service>())));
    const ips = made.map(({ spec }) => spec.clusterIP);
    const ports = made.map(({ spec }) => spec.ports[0]?.nodePort);
    expect([new Set(ips).size, new Set(ports).size]).toEqual([made.length, made.length]);
    const expected = Object.fromEntries(made.map(({ metadata, spec }) => [spec.clusterIP, `services default/${metadata.name}`]));
    expect(await owners(second)).toEqual({ ...expected, '10.96.0.1': 'services default/kubernetes' });
    const taken = [await create(second, 'late', { clusterIP: ips[0] }), await create(second, 'late', {}, ports[0])];
    expect(taken.map((answer) => [answer.status, answer.json<{ message: string }>().message])).toEqual([[422, expect.stringContaining('provided IP is already allocated')], [422, expect.stringContaining('provided port is already allocated')]]);

    await Promise.all(made.map(({ metadata }, n) => (n % 2 === 0 ? first : second).request('DELETE', `${services}/${metadata.name}`)));
    expect(await owners(first)).toEqual({ '10.96.0.1': 'services default/kubernetes' });
    expect((await create(first, 'again', { clusterIP: ips[0] }, ports[0])).status).toBe(201);
  }, 120_000);

  test('a server that comes to a cluster of another one gives nobody the ports that are in use', async () => {
    await using alone = await startEtcd();
    const other = await startReplicas(1, [alone.endpoint]);
    const used = (await create(other.replicas[0] as ReplicaUnderTest, 'used', {})).json<Service>().spec.ports[0]?.nodePort; // one was started
    await other[Symbol.asyncDispose]();
    const admin = createEtcdClient({ endpoints: [alone.endpoint] });
    await admin.delete({ key: NODE_PORT_CLAIMS, rangeEnd: prefixRangeEnd(NODE_PORT_CLAIMS) }); // as a kube-apiserver leaves it: it has no such keys
    admin.close();
    await using cluster = await startReplicas(1, [alone.endpoint]);
    const taken = await create(cluster.replicas[0] as ReplicaUnderTest, 'late', {}, used);
    expect([taken.status, taken.json<{ message: string }>().message]).toEqual([422, expect.stringContaining('provided port is already allocated')]);
  }, 60_000);
});

function create(replica: ReplicaUnderTest, name: string, spec: object, nodePort?: number): ReturnType<ReplicaUnderTest['request']> {
  return replica.request('POST', services, { body: { metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort }], ...spec } } });
}

/** Address → whose it is. */
async function owners(replica: ReplicaUnderTest): Promise<Record<string, string>> {
  const { items } = (await replica.request('GET', addresses)).json<{ items: IpAddress[] }>();
  return Object.fromEntries(items.map(({ metadata, spec: { parentRef } }) => [metadata.name, `${parentRef.resource} ${parentRef.namespace}/${parentRef.name}`]));
}

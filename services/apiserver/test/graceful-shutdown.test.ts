import { systemClock } from '@kubernode/base';
import { startEtcd, type EtcdProcess } from '@kubernode/testing';
import { startReplicas, type Answer, type ReplicaUnderTest, type SendError } from './api-servers.ts';

interface Lease { metadata: { name: string; labels?: Record<string, string> } }
interface Endpoints { subsets?: { addresses: { ip: string }[] }[] }

const WRITERS = 8;
const WATCHES = 20;
const configMaps = '/api/v1/namespaces/default/configmaps';
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io/identity=kube-apiserver';

describe('a replica that is told to stop', () => {
  let etcd: EtcdProcess;
  beforeAll(async () => { etcd = await startEtcd(); }, 30_000);
  afterAll(async () => { await etcd[Symbol.asyncDispose](); });

  test('loses no request for clients that go elsewhere once it refuses connections, and ends watches between two events', async () => {
    await using cluster = await startReplicas(2, [etcd.endpoint]);
    const [stopping, other] = cluster.replicas as [ReplicaUnderTest, ReplicaUnderTest]; // two were started
    expect([(await identities(other)).length, await addresses(other)]).toEqual([2, ['127.0.0.1', '127.0.0.2']]);
    const watches = Array.from({ length: WATCHES }, () => stopping.watch(`${configMaps}?watch=true&resourceVersion=0`, Infinity));
    let over = false;
    const written: string[] = [];
    const faults: unknown[] = [];
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; !over; n++) {
        const name = `w${writer}-${n}`;
        const { status } = await sendToEither([stopping, other], name).catch((error: unknown) => { faults.push(error); return { status: 0 }; });
        if (status === 201) written.push(name); else faults.push(`${name}: ${status}`);
      }
    });
    await systemClock.sleep(500);
    await stopping.stop();
    await systemClock.sleep(300);
    over = true;
    await Promise.all(writers);
    expect(faults).toEqual([]);
    const { items } = (await other.request('GET', configMaps)).json<{ items: { metadata: { name: string } }[] }>();
    const stored = new Set(items.map(({ metadata: { name } }) => name));
    expect(written.filter((name) => !stored.has(name))).toEqual([]);
    expect(written.length).toBeGreaterThan(WRITERS);
    for (const lines of await Promise.all(watches)) expect(lines.every((line) => typeof (JSON.parse(line) as { type: string }).type === 'string')).toBe(true);
    expect([(await identities(other)).length, await addresses(other)]).toEqual([1, ['127.0.0.2']]);
  }, 60_000);

  test('is not ready but serves for the delay, then sends late clients away until the last request is answered', async () => {
    await using cluster = await startReplicas(1, [etcd.endpoint], ['--shutdown-delay-duration=2s', '--shutdown-send-retry-after=true']);
    const [replica] = cluster.replicas as [ReplicaUnderTest]; // one was started
    const upload = replica.upload('POST', configMaps, JSON.stringify({ metadata: { name: 'slow' } }));
    await upload.begun;
    await systemClock.sleep(500);
    const stopped = replica.stop();
    await becomes(replica, '/readyz', 500);
    expect([(await replica.request('GET', '/livez')).status, (await replica.request('GET', configMaps)).status]).toEqual([200, 200]);
    const late = await becomes(replica, configMaps, 429);
    expect([late.headers['retry-after'], late.headers['connection'], late.body.toString()]).toEqual(['5', 'close', 'The apiserver is shutting down, please try again later.\n']);
    expect((await replica.request('GET', '/healthz')).status).toBe(200);
    upload.finish();
    expect((await upload.answer).status).toBe(201); // it had begun when the server still took requests
    await stopped;
    await expect(replica.request('GET', '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }, 60_000);
});

/** To the first that takes the connection. */
async function sendToEither(replicas: readonly ReplicaUnderTest[], name: string): Promise<Answer> {
  for (const replica of replicas) {
    try {
      return await replica.request('POST', configMaps, { body: { metadata: { name } } });
    } catch (error) {
      if ((error as SendError).isSent) throw error; // nothing else is rejected with
    }
  }
  throw new Error('no replica accepts connections');
}

/** Asks until the answer has this status. */
async function becomes(replica: ReplicaUnderTest, path: string, status: number): Promise<Answer> {
  for (;;) {
    const answer = await replica.request('GET', path);
    if (answer.status === status) return answer;
    await systemClock.sleep(50);
  }
}

async function identities(replica: ReplicaUnderTest): Promise<Lease[]> {
  return (await replica.request('GET', leases)).json<{ items: Lease[] }>().items;
}

async function addresses(replica: ReplicaUnderTest): Promise<string[]> {
  const { subsets = [] } = (await replica.request('GET', '/api/v1/namespaces/default/endpoints/kubernetes')).json<Endpoints>();
  return subsets.flatMap((subset) => subset.addresses.map(({ ip }) => ip)).sort();
}

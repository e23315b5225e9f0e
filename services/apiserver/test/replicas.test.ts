import { Fixtures, startEtcd, type EtcdProcess } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

interface List { metadata: { resourceVersion: string; continue?: string }; items: unknown[] }

const configMaps = '/api/v1/namespaces/default/configmaps';
const COUNT = 25;

describe('replicas of the API server', () => {
  let etcd: EtcdProcess;
  let cluster: Awaited<ReturnType<typeof startReplicas>>;
  const fixtures = new Fixtures();
  beforeAll(async () => { etcd = await fixtures.use(startEtcd()); cluster = await fixtures.use(startReplicas(3, [etcd.endpoint])); }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  test('all give the same list, at once after any write, in pages of any size and in any encoding', async () => {
    const [first] = cluster.replicas as [ReplicaUnderTest];
    for (let n = 0; n < COUNT; n++) {
      const writer = cluster.replicas[n % 3] as ReplicaUnderTest; // one of three
      await writer.request('POST', configMaps, { body: { metadata: { name: `c${n}`, labels: { parity: n % 2 === 0 ? 'even' : 'odd' } }, data: { n: `${n}` } } });
      if (n % 5 === 4) await writer.request('DELETE', `${configMaps}/c${n - 1}`);
    }
    const truth = (await first.request('GET', configMaps)).json<List>();
    expect(truth.items.length).toBe(COUNT - 5);
    const { resourceVersion } = truth.metadata;
    const exact = `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    const notOlder = `resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`;
    for (const replica of cluster.replicas) {
      for (const query of ['', exact, notOlder]) expect((await replica.request('GET', `${configMaps}?${query}`)).json<List>().items).toEqual(truth.items);
      for (const limit of [1, 7, COUNT, 100]) for (const query of ['', exact]) expect(await allPages(replica, `${configMaps}?limit=${limit}&${query}`)).toEqual(truth.items);
      const selected = truth.items.filter((item) => (item as { metadata: { labels: { parity: string } } }).metadata.labels.parity === 'odd'); // made above
      expect(await allPages(replica, `${configMaps}?limit=3&labelSelector=parity%3Dodd`)).toEqual(selected);
    }
    for (const accept of ['application/vnd.kubernetes.protobuf', 'application/yaml', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io']) { // not tables: they tell ages
      const answers = await Promise.all(cluster.replicas.map((replica) => replica.request('GET', `${configMaps}?${exact}`, { headers: { accept } })));
      expect(answers.map(({ status, body }) => [status, body.equals(answers[0]?.body ?? body)])).toEqual([[200, true], [200, true], [200, true]]);
    }
  }, 60_000);

  test('all give the same events from the same version, also one that has just started', async () => {
    const [first, second, third] = cluster.replicas as [ReplicaUnderTest, ReplicaUnderTest, ReplicaUnderTest];
    const { metadata: { resourceVersion } } = (await first.request('GET', configMaps)).json<List>();
    for (let n = 0; n < 10; n++) {
      const writer = cluster.replicas[n % 3] as ReplicaUnderTest; // one of three
      await writer.request('POST', configMaps, { body: { metadata: { name: `w${n}` } } });
      await writer.request('PATCH', `${configMaps}/w${n}`, { body: { data: { n: `${n}` } }, headers: { 'content-type': 'application/merge-patch+json' } });
      await writer.request('DELETE', `${configMaps}/w${n}`);
    }
    await third.stop();
    await third.start();
    const logs = await Promise.all([first, second, third].map((replica) => replica.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`, 30)));
    expect(logs[0]?.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(Array.from({ length: 10 }, () => ['ADDED', 'MODIFIED', 'DELETED']).flat());
    expect(logs[1]).toEqual(logs[0]);
    expect(logs[2]).toEqual(logs[0]);
  }, 60_000);

  test('a list that was begun at one replica goes on at another', async () => {
    const [first, second] = cluster.replicas as [ReplicaUnderTest, ReplicaUnderTest];
    const begun = (await first.request('GET', `${configMaps}?limit=10`)).json<List>();
    await first.request('POST', configMaps, { body: { metadata: { name: 'zz-late' } } });
    const rest = (await second.request('GET', `${configMaps}?limit=100&continue=${encodeURIComponent(begun.metadata.continue ?? '')}`)).json<List>();
    const whole = (await second.request('GET', `${configMaps}?resourceVersion=${begun.metadata.resourceVersion}&resourceVersionMatch=Exact`)).json<List>();
    expect([...begun.items, ...rest.items]).toEqual(whole.items);
  }, 30_000);
});

async function allPages(replica: ReplicaUnderTest, path: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    const target: string = next === '' ? path : `${path.replace(/resourceVersion[^&]*&resourceVersionMatch=Exact/, '')}&continue=${encodeURIComponent(next)}`;
    const { items: page, metadata } = (await replica.request('GET', target)).json<List>();
    items.push(...page);
    next = metadata.continue;
  }
  return items;
}

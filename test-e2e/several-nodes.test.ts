// A cluster with three nodes on this host, each further one in a network namespace: pods, services, names and policies across nodes, a
// drained node, a lost one and a paused one; and nothing left afterwards.
import { rmSync } from 'node:fs';
import { TestCluster } from './framework/cluster.ts';
import { snapshotHost, type HostSnapshot } from './framework/host-snapshot.ts';
import { loseNode, outsideClient, pauseNode, type OutsideClient } from './framework/node-faults.ts';
import { eventually } from './framework/run.ts';

const cluster = new TestCluster(21_800, ['--name=several', '--replicas=1', '--nodes=3', '--cluster-cidr=10.218.0.0/16']);
const IMAGE = 'localhost/kubernode-demo:1';
const WEB_SCRIPT = 'mkdir -p /tmp/w; hostname > /tmp/w/index.html; (httpd -f -p 8081 -h /tmp/w &); exec httpd -f -p 8080 -h /tmp/w';
let before: HostSnapshot;
let outside: OutsideClient;
/** Names and addresses of the nodes, in order; the first is the host. */
let nodes: readonly { name: string; address: string }[];

beforeAll(async () => {
  before = await snapshotHost(cluster.dir);
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
  nodes = (await cluster.kubectl('get nodes --no-headers -o custom-columns=NAME:.metadata.name,IP:.status.addresses[0].address')).trim().split('\n').map((line) => {
    const [name = '', address = ''] = line.split(/ +/);
    return { name, address };
  }).sort((a, b) => (a.name < b.name ? -1 : 1));
  outside = await outsideClient(cluster.securePort, nodes[0]?.address ?? '');
}, 240_000);

afterAll(async () => {
  await outside[Symbol.asyncDispose]();
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

const apply = (...objects: readonly object[]): Promise<string> => cluster.kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));

const container = { name: 'main', image: IMAGE, command: ['sh', '-c', WEB_SCRIPT], ports: [{ name: 'http', containerPort: 8080 }], readinessProbe: { httpGet: { port: 'http', path: '/' }, periodSeconds: 1 } };
const pod = (name: string, namespace: string, node: number, labels: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec: { nodeName: nodes[node]?.name, terminationGracePeriodSeconds: 0, containers: [container] } });
const service = (name: string, namespace: string, selector: object, more: object = {}): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector, ports: [{ port: 80, targetPort: 'http' }], ...more } });
const policy = (name: string, spec: object): object => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'guarded' }, spec });

/** What a pod gets from a URL; undefined where nothing answers in time. */
async function fetchFrom(client: string, url: string, seconds = 3): Promise<string | undefined> {
  const [namespace = '', name = ''] = client.split('/');
  const { status, stdout } = await cluster.kubectlResult(`exec -n ${namespace} ${name} -- timeout ${seconds} wget -q -O - ${url}`);
  return status === 0 ? stdout.trim() : undefined;
}

interface WebPod { name: string; node: string; ip: string }

async function webPods(): Promise<readonly WebPod[]> {
  const lines = (await cluster.kubectl('get pods -l app=web --no-headers -o custom-columns=N:.metadata.name,O:.spec.nodeName,I:.status.podIP')).trim().split('\n');
  return lines.map((line) => { const [name = '', node = '', ip = ''] = line.split(/ +/); return { name, node, ip }; });
}

test('every node becomes ready, and pods reach pods on every other node', async () => {
  expect(nodes).toHaveLength(3);
  await apply(
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } } } },
    service('web', 'default', { app: 'web' }, { type: 'NodePort', ports: [{ port: 80, targetPort: 'http', nodePort: 30_180 }] }),
  );
  await cluster.kubectl('rollout status daemonset/web --timeout=60s');
  const pods = await webPods();
  expect(new Set(pods.map(({ node }) => node)).size).toBe(3);
  const answers = await Promise.all(pods.flatMap((from) => pods.map(async (to) => [to.name, await fetchFrom(`default/${from.name}`, `http://${to.ip}:8080/`)])));
  for (const [name, answer] of answers) expect(answer).toBe(name);
}, 120_000);

test('a service is reached from pods of every node by its name, and by its node port from outside at every node', async () => {
  const pods = await webPods();
  const all = pods.map(({ name }) => name).sort();
  for (const { name } of pods) expect(await fetchFrom(`default/${name}`, 'http://web.default.svc.cluster.local/')).toMatch(/^web-/);
  for (const { address } of nodes) {
    const seen = await eventually(`all pods at ${address}`, async () => {
      const answers = new Set(await Promise.all(Array.from({ length: 12 }, () => outside.fetch(`http://${address}:30180/`))));
      return answers.size === 3 && [...answers].map(String).sort();
    });
    expect(seen).toEqual(all);
  }
}, 120_000);

test("a host port is reached at its node alone, and the node's own address is what the outside sees of a pod", async () => {
  await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ported', namespace: 'default' }, spec: { nodeName: nodes[2]?.name, terminationGracePeriodSeconds: 0, containers: [{ ...container, ports: [{ name: 'http', containerPort: 8080, hostPort: 30_881 }] }] } });
  await cluster.kubectl('wait --for=condition=Ready pod/ported --timeout=30s');
  const answers = await Promise.all(nodes.map(({ address }) => outside.fetch(`http://${address}:30881/`)));
  expect(answers).toEqual([undefined, undefined, 'ported']);
  expect(await outside.seenFrom(() => fetchFrom('default/ported', `http://${outside.address}:8080/`))).toBe(nodes[2]?.address);
  await cluster.kubectl('delete pod ported');
}, 60_000);

test('policies for ingress hold across and within nodes, spare probes, and end with the policy', async () => {
  await cluster.kubectl('create namespace guarded');
  await apply(
    pod('server', 'guarded', 0, { app: 'server' }), service('server', 'guarded', { app: 'server' }),
    pod('friend-near', 'guarded', 0, { role: 'friend' }), pod('friend-far', 'guarded', 1, { role: 'friend' }), pod('stranger-near', 'guarded', 0, { role: 'stranger' }), pod('stranger-far', 'guarded', 2, { role: 'stranger' }),
  );
  await cluster.kubectl('wait -n guarded --for=condition=Ready pods --all --timeout=60s');
  const other = (await webPods())[0]?.name ?? '';
  const clients = ['guarded/friend-near', 'guarded/friend-far', 'guarded/stranger-near', 'guarded/stranger-far', `default/${other}`];
  /** Who gets an answer, one letter each. */
  const reached = async (url = 'http://server.guarded.svc.cluster.local/'): Promise<string> => (await Promise.all(clients.map((client) => fetchFrom(client, url, 1)))).map((answer) => (answer === 'server' ? 'y' : 'n')).join('');
  const reach = (wanted: string, url?: string): Promise<true> => eventually(`${wanted} at ${url ?? 'the service'}`, async () => { const now = await reached(url); if (now !== wanted) throw new Error(now); return true as const; });
  const ip = await cluster.kubectl('get pod server -n guarded -o jsonpath={.status.podIP}');
  await reach('yyyyy');
  await apply(policy('deny', { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'] }));
  await reach('nnnnn');
  await apply(policy('friends', { podSelector: { matchLabels: { app: 'server' } }, ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }], ports: [{ port: 'http' }] }] }));
  await reach('yynnn');
  await apply(policy('others', { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }], ports: [{ port: 8080, endPort: 8081 }] }] }));
  await reach('yynny');
  await reach('nnnny', `http://${ip}:8081/`); // a port that the first rule does not name
  expect(await cluster.kubectl('get pod server -n guarded --no-headers')).toMatch(/1\/1 +Running +0/); // its node's probes came by all the while
  await cluster.kubectl('delete networkpolicies -n guarded --all');
  await reach('yyyyy');
}, 180_000);

test('policies for egress hold across and within nodes, with exceptions from blocks, and leave names to be resolved', async () => {
  const ip = await cluster.kubectl('get pod server -n guarded -o jsonpath={.status.podIP}');
  const reach = (wanted: string, url: string): Promise<true> => eventually(`${wanted} at ${url}`, async () => {
    const now = (await Promise.all(['guarded/friend-near', 'guarded/friend-far'].map((client) => fetchFrom(client, url, 1)))).map((answer) => (answer === undefined ? 'n' : 'y')).join('');
    if (now !== wanted) throw new Error(now);
    return true as const;
  });
  const friends = { podSelector: { matchLabels: { role: 'friend' } }, policyTypes: ['Egress'] };
  await apply(policy('out', { ...friends, egress: [{ to: [{ podSelector: { matchLabels: { app: 'server' } } }] }] }));
  await reach('nn', 'http://web.default.svc.cluster.local/');
  await reach('yy', 'http://server.guarded.svc.cluster.local/');
  await apply(policy('out', { ...friends, egress: [{ to: [{ ipBlock: { cidr: '10.218.0.0/16', except: [`${ip}/32`] } }], ports: [{ port: 8080 }] }] }));
  await reach('nn', 'http://server.guarded.svc.cluster.local/');
  await reach('yy', 'http://web.default.svc.cluster.local/');
  await cluster.kubectl('delete namespace guarded');
}, 120_000);

test('a drain evicts as the disruption budget allows, and moves the pods', async () => {
  const drained = nodes[1]?.name ?? '';
  const steady = (replicas: number): object => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'steady', namespace: 'default' },
    spec: {
      replicas, selector: { matchLabels: { app: 'steady' } },
      template: { metadata: { labels: { app: 'steady' } }, spec: { terminationGracePeriodSeconds: 0, containers: [container], affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [drained] }] } }] } } } },
    },
  });
  await apply({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'steady', namespace: 'default' }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'steady' } } } }, steady(2));
  await cluster.kubectl('rollout status deployment/steady --timeout=60s');
  await eventually('the budget to be counted', async () => (await cluster.kubectl('get pdb steady -o jsonpath={.status.currentHealthy}')) === '2');
  const refused = await cluster.kubectlResult(`drain ${drained} --ignore-daemonsets --timeout=2s`);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("Cannot evict pod as it would violate the pod's disruption budget")]);
  await apply(steady(3));
  await cluster.kubectl(`drain ${drained} --ignore-daemonsets --timeout=60s`);
  const where = (await cluster.kubectl('get pods -l app=steady -o jsonpath={.items[*].spec.nodeName}')).split(' ');
  expect(where).not.toContain(drained);
  await cluster.kubectl('rollout status deployment/steady --timeout=60s');
  await cluster.kubectl(`uncordon ${drained}`);
  await cluster.kubectl('delete deployment/steady pdb/steady');
}, 120_000);

test('pods of a lost node move after their tolerations; a paused node comes back with its containers as they were', async () => {
  const [, paused, lost] = nodes;
  if (paused === undefined || lost === undefined) throw new Error('there are not three nodes');
  const tolerations = ['not-ready', 'unreachable'].map((state) => ({ key: `node.kubernetes.io/${state}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 }));
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: [paused.name] }] }] }, preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [lost.name] }] } }] } };
  await apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'moving', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'moving' } }, template: { metadata: { labels: { app: 'moving' } }, spec: { containers: [container], tolerations, affinity } } } });
  await cluster.kubectl('rollout status deployment/moving --timeout=60s');
  expect(await cluster.kubectl('get pods -l app=moving -o jsonpath={.items[*].spec.nodeName}')).toBe(lost.name);
  const containersOf = (name: string): Promise<string> => cluster.kubectl(`get pods --field-selector=spec.nodeName=${name} --sort-by=.metadata.name -o jsonpath={range.items[*]}{.metadata.name},{.status.containerStatuses[0].containerID},{.status.containerStatuses[0].restartCount};{end}`);
  const had = await containersOf(paused.name);
  await loseNode(cluster, 2);
  const resume = pauseNode(cluster, 1);
  try {
    await eventually('both nodes to be found silent', async () => (await cluster.kubectl('get nodes --no-headers')).match(/NotReady/g)?.length === 2, 90_000);
    await eventually('the pod elsewhere', async () => (await cluster.kubectl('get pods -l app=moving --field-selector=status.phase=Running -o jsonpath={.items[*].spec.nodeName}')).split(' ').includes(nodes[0]?.name ?? ''), 60_000);
    await cluster.kubectl('rollout status deployment/moving --timeout=30s');
  } finally { resume(); }
  await cluster.kubectl(`wait --for=condition=Ready node/${paused.name} --timeout=60s`);
  await cluster.kubectl(`wait --for=condition=Ready pods -l app=web --field-selector=spec.nodeName=${paused.name} --timeout=60s`);
  expect(await containersOf(paused.name)).toBe(had);
  const back = (await webPods()).find(({ node }) => node === paused.name);
  expect(await fetchFrom(`default/${back?.name ?? ''}`, `http://${back?.ip ?? ''}:8080/`)).toBe(back?.name);
}, 240_000);

test('down removes namespaces, links, chains, sets, mounts and processes of all nodes, also of the lost one', async () => {
  await outside[Symbol.asyncDispose]();
  const { status, stdout } = await cluster.kubernode('down', '--purge');
  expect([status, stdout]).toEqual([0, expect.stringContaining(`network namespace kn${cluster.securePort}-1`)]);
  await eventually('the host as it was', async () => { const now = await snapshotHost(cluster.dir); if (JSON.stringify(now) !== JSON.stringify(before)) throw new Error(JSON.stringify(now)); return true; }, 10_000);
  expect(await snapshotHost(cluster.dir)).toEqual(before);
}, 120_000);

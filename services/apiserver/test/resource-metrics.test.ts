import https from 'node:https';
import { systemClock } from '@kubernode/base';
import { freePort } from '@kubernode/testing';
import { Fixtures, startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestAnswer, type TestFolder } from './auth-server.ts';

const TIMEOUT_MS = 25_000;

let etcd: EtcdProcess;
let folder: TestFolder;
let server: AuthServer;

const admin = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> => server.request({ method, path, token: 'admin-token', body, headers });

/** A node agent whose node uses half a core, and its pod a tenth. */
async function startAgent(port: number): Promise<AsyncDisposable> {
  const { certificate, key } = await folder.certificate('agent');
  const agent = https.createServer({ cert: certificate, key, ca: folder.authority.certificate, requestCert: true }, (message, response) => {
    const now = systemClock.now();
    const labels = '{container="c",namespace="default",pod="p"}';
    const lines = [`node_cpu_usage_seconds_total ${now / 2_000} ${now}`, `node_memory_working_set_bytes 3145728 ${now}`, `container_cpu_usage_seconds_total${labels} ${now / 10_000} ${now}`, `container_memory_working_set_bytes${labels} 2048 ${now}`];
    response.writeHead(message.url === '/metrics/resource' ? 200 : 404).end(`${lines.join('\n')}\n`);
  });
  await new Promise<void>((resolve) => { agent.listen(port, '127.0.0.1', resolve); });
  return { async [Symbol.asyncDispose]() { agent.closeAllConnections(); await new Promise((resolve) => { agent.close(resolve); }); } };
}

const fixtures = new Fixtures();
beforeAll(async () => {
  etcd = await fixtures.use(startEtcd());
  folder = await fixtures.use(testFolder());
  const { certificate, key } = await folder.certificate('apiserver');
  server = await fixtures.use(startAuthServer(etcd, folder, [
    '--authorization-mode=RBAC', '--disable-admission-plugins=ServiceAccount', '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${folder.file('client.crt', certificate)}`, `--kubelet-client-key=${folder.file('client.key', key)}`, `--kubelet-certificate-authority=${folder.file('ca.crt', folder.authority.certificate)}`,
  ]));
  const port = await freePort();
  await fixtures.use(startAgent(port));
  await admin('POST', '/api/v1/nodes', { metadata: { name: 'n', labels: { zone: 'a' } } });
  await admin('PATCH', '/api/v1/nodes/n/status', { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } } }, { 'content-type': 'application/merge-patch+json' });
  const made = await admin('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p', labels: { app: 'x' } }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } });
  expect(made.status).toBe(201);
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose]());

describe('metrics.k8s.io', () => {
  it('is offered once a node has told what it uses', async () => {
    const groups = async (): Promise<string[]> => ((await admin('GET', '/apis')).body['groups'] as { name: string }[]).map(({ name }) => name);
    for (let waitedMs = 0; waitedMs < TIMEOUT_MS && !(await groups()).includes('metrics.k8s.io'); waitedMs += 500) await systemClock.sleep(500);
    expect(await groups()).toContain('metrics.k8s.io');
    expect((await admin('GET', '/apis/metrics.k8s.io/v1beta1')).body).toMatchObject({ groupVersion: 'metrics.k8s.io/v1beta1', resources: [{ name: 'nodes', kind: 'NodeMetrics', namespaced: false, verbs: ['get', 'list'] }, { name: 'pods', kind: 'PodMetrics', namespaced: true, verbs: ['get', 'list'] }] });
  }, TIMEOUT_MS + 5_000);

  it('tells of nodes and pods', async () => {
    const nodes = await admin('GET', '/apis/metrics.k8s.io/v1beta1/nodes');
    expect(nodes.body).toMatchObject({ kind: 'NodeMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', items: [{ metadata: { name: 'n', labels: { zone: 'a' } }, usage: { cpu: expect.stringMatching(/^(500m|[45]\d{8}n|[45]\d{5}u)$/) as string, memory: '3Mi' } }] });
    const pod = await admin('GET', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/p');
    expect(pod.body).toMatchObject({ kind: 'PodMetrics', metadata: { name: 'p', namespace: 'default', labels: { app: 'x' } }, containers: [{ name: 'c', usage: { cpu: expect.stringMatching(/^(100m|\d{8,9}n|\d{5,6}u)$/) as string, memory: '2Ki' } }] });
    expect(pod.body['window']).toMatch(/s$/);
  });

  it('selects, prints and refuses', async () => {
    const names = async (query: string): Promise<unknown[]> => ((await admin('GET', `/apis/metrics.k8s.io/v1beta1/pods?${query}`)).body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    expect(await names('labelSelector=app%3Dx')).toEqual(['p']);
    expect(await names('labelSelector=app%3Dy')).toEqual([]);
    const table = await admin('GET', '/apis/metrics.k8s.io/v1beta1/nodes', undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect((table.body['rows'] as { cells: unknown[] }[])[0]?.cells.slice(0, 3)).toEqual(['n', expect.any(String), '3Mi']);
    const missing = await admin('GET', '/apis/metrics.k8s.io/v1beta1/nodes/none');
    expect([missing.status, missing.body.message]).toEqual([404, 'nodes.metrics.k8s.io "none" not found']);
    expect((await admin('DELETE', '/apis/metrics.k8s.io/v1beta1/nodes/n')).status).toBe(405);
    expect((await server.request({ path: '/apis/metrics.k8s.io/v1beta1/nodes', token: 'alice-token' })).status).toBe(403);
  });
});

// What happens to pods when the node agent is killed in the middle of their lives, and while no API server answers.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { TestCluster } from './framework/cluster.ts';
import { snapshotHost, type HostSnapshot } from './framework/host-snapshot.ts';
import { eventually } from './framework/run.ts';

const cluster = new TestCluster(23_400, ['--name=node-faults', '--replicas=1', '--cluster-cidr=10.234.0.0/16']);
const IMAGE = 'localhost/kubernode-demo:1';
const FOREVER = 'trap "exit 0" TERM; sleep 1000 & wait';
let before: HostSnapshot;
/** A registry that takes connections and never answers. */
let registry: Server;
const connections = new Set<Socket>();

beforeAll(async () => {
  before = await snapshotHost(cluster.dir);
  registry = createServer((socket) => { connections.add(socket); });
  await new Promise<void>((resolve) => { registry.listen(0, '127.0.0.1', resolve); });
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
}, 180_000);

afterAll(async () => {
  for (const socket of connections) socket.destroy();
  registry.close();
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

const apply = (...items: readonly object[]): Promise<string> => cluster.kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
const container = (script: string, more: object = {}): object => ({ name: 'main', image: IMAGE, command: ['sh', '-c', script], ...more });
const scratch = { name: 'v', emptyDir: {} };
const mount = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
const pod = (name: string, spec: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, ...spec } });
const show = (name: string, field: string): Promise<string> => cluster.kubectl(`get pod ${name} -o jsonpath={${field}}`);
const isReady = async (name: string): Promise<boolean> => (await show(name, '.status.conditions[?(@.type=="Ready")].status')) === 'True';
const nodeDir = (): string => path.join(cluster.dir, 'nodes/0');

/** Lines that a pod wrote to its volume, read where the node keeps them. */
function written(uid: string, file: string): readonly string[] {
  try { return readFileSync(path.join(nodeDir(), 'kubelet/pods', uid, 'volumes/kubernetes.io~empty-dir/v', file), 'utf8').split('\n').slice(0, -1); } catch { return []; } // not yet
}

async function killAgent(): Promise<void> {
  const pid = cluster.pidOf('node-0');
  process.kill(pid, 'SIGKILL');
  await eventually('the next agent', () => Promise.resolve(cluster.pidOf('node-0') !== pid));
}

test('the agent is killed while pods pull, mount, initialize, start, run and end: each goes on from where it was, and nothing of them is left', async () => {
  await apply(
    pod('pulls', { containers: [{ name: 'main', image: `127.0.0.1:${(registry.address() as AddressInfo).port}/never:1` }] }), // it listens on a port
    pod('mounts', { volumes: [{ name: 'v', configMap: { name: 'late' } }], containers: [container(FOREVER, mount)] }),
    pod('initializes', { volumes: [scratch], initContainers: [container('echo x >> /v/starts; until [ -e /v/go ]; do sleep 0.1; done', { name: 'init', ...mount })], containers: [container(FOREVER, mount)] }),
    pod('starts', { containers: [container(FOREVER, { lifecycle: { postStart: { exec: { command: ['sleep', '1000'] } } } })] }),
    pod('runs', { containers: [container(FOREVER)] }),
    pod('ends', { volumes: [scratch], terminationGracePeriodSeconds: 30, containers: [container('trap "touch /v/asked; sleep 5; exit 0" TERM; sleep 1000 & wait', mount)] }),
  );
  await eventually('runs and ends to run', async () => await isReady('runs') && await isReady('ends'));
  await eventually('an init container', async () => (await show('initializes', '.status.initContainerStatuses[0].state.running')) !== '');
  await eventually('a container that starts', () => Promise.resolve(containerLogs('starts').length > 0));
  await eventually('a pull', () => Promise.resolve(connections.size > 0));
  const ids = async (): Promise<readonly string[]> => Promise.all([show('runs', '.status.containerStatuses[0].containerID'), show('initializes', '.status.initContainerStatuses[0].containerID')]);
  const [had, endsUid, initUid] = [await ids(), await show('ends', '.metadata.uid'), await show('initializes', '.metadata.uid')];
  await cluster.kubectl('delete pod ends --wait=false');
  await eventually('the signal', () => Promise.resolve(existsSync(path.join(nodeDir(), 'kubelet/pods', endsUid, 'volumes/kubernetes.io~empty-dir/v/asked'))));
  await killAgent();
  await cluster.kubectl('create configmap late --from-literal=a=b');
  await eventually('the init container to be told', async () => (await cluster.kubectlResult('exec initializes -c init -- touch /v/go')).status === 0, 60_000); // by the next agent
  for (const name of ['mounts', 'initializes', 'starts', 'runs']) await eventually(`${name} to be ready`, () => isReady(name), 90_000);
  expect([await ids(), written(initUid, 'starts'), await show('pulls', '.status.phase')]).toEqual([had, ['x'], 'Pending']);
  for (const name of ['runs', 'initializes', 'mounts']) expect([name, await show(name, '.status.containerStatuses[0].restartCount')]).toEqual([name, '0']);
  await eventually('the end', async () => (await cluster.kubectlResult('get pod ends')).status !== 0);
  await cluster.kubectl('delete pods --all --now');
  await eventually('nothing of the pods', () => Promise.resolve(left()), 30_000);
}, 240_000);

/** Logs that containers of a pod have on the node: one that is there was created. */
function containerLogs(name: string): readonly string[] {
  const dir = path.join(nodeDir(), 'pod-logs');
  return readdirSync(dir).filter((one) => one.startsWith(`default_${name}_`)).flatMap((one) => readdirSync(path.join(dir, one)));
}

/** Whether folders, logs, addresses and mounts of pods are gone; throws what is there. */
function left(): true {
  const dirs = ['kubelet/pods', 'pod-logs'].flatMap((dir) => readdirSync(path.join(nodeDir(), dir)));
  const addresses = readdirSync(path.join(nodeDir(), 'cni-data'), { recursive: true, encoding: 'utf8' }).filter((file) => /\/10\.234\.[\d.]+$/.test(file));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(`${nodeDir()}/kubelet/pods`));
  const all = [...dirs, ...addresses, ...mounts];
  if (all.length > 0) throw new Error(all.join(', '));
  return true;
}

test('while no API server answers pods run, are restarted, reach services by name, and their status is right afterwards', async () => {
  await apply(
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } },
    pod('web', { containers: [container('mkdir /w; echo served > /w/index.html; exec httpd -f -p 8080 -h /w', { readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 } })] }),
    pod('asks', { volumes: [scratch], containers: [container('while true; do timeout 3 wget -q -O - http://web.default.svc.cluster.local/ >> /v/answers; sleep 0.5; done', mount)] }),
    pod('fails', { volumes: [scratch], containers: [container('echo x >> /v/starts; until [ -e /v/fail ]; do sleep 0.1; done; rm /v/fail; exit 3', mount)] }),
  );
  for (const name of ['web', 'asks', 'fails']) await eventually(`${name} to be ready`, () => isReady(name));
  const [asks, fails] = [await show('asks', '.metadata.uid'), await show('fails', '.metadata.uid')];
  await eventually('an answer', () => Promise.resolve(written(asks, 'answers').length > 0));
  const ids = await Promise.all(['web', 'asks'].map((name) => show(name, '.status.containerStatuses[0].containerID')));
  const supervisor = cluster.pidOf('supervisor');
  process.kill(supervisor, 'SIGSTOP'); // it would start another one at once
  try {
    process.kill(cluster.pidOf('apiserver-0'), 'SIGKILL');
    await eventually('no API server', async () => (await cluster.kubectlResult('get pod web --request-timeout=1s')).status !== 0);
    const had = written(asks, 'answers').length;
    makeFail(fails);
    await eventually('a restart that no server was asked for', () => Promise.resolve(written(fails, 'starts').length === 2));
    await eventually('answers', () => Promise.resolve(written(asks, 'answers').length >= had + 10));
  } finally { process.kill(supervisor, 'SIGCONT'); }
  await eventually('the API server', async () => (await cluster.kubectlResult('get pod web --request-timeout=1s')).status === 0, 60_000);
  await eventually('what happened meanwhile to be told', async () => (await show('fails', '.status.containerStatuses[0].restartCount')) === '1', 60_000);
  expect(await show('fails', '.status.containerStatuses[0].lastState.terminated.exitCode')).toBe('3');
  await cluster.kubectl('wait --for=condition=Ready pod/web pod/asks pod/fails --timeout=60s');
  expect(await Promise.all(['web', 'asks'].map((name) => show(name, '.status.containerStatuses[0].containerID')))).toEqual(ids);
  await cluster.kubectl('delete pods --all --now');
  await eventually('nothing of the pods', () => Promise.resolve(left()), 30_000);
}, 240_000);

/** Tells the pod to fail, as long as nobody can be asked to run a command in it. */
function makeFail(uid: string): void {
  writeFileSync(path.join(nodeDir(), 'kubelet/pods', uid, 'volumes/kubernetes.io~empty-dir/v/fail'), '');
}

test('down leaves the host as it was', async () => {
  expect((await cluster.kubernode('down', '--purge')).status).toBe(0);
  await eventually('the host as it was', async () => { const now = await snapshotHost(cluster.dir); if (JSON.stringify(now) !== JSON.stringify(before)) throw new Error(JSON.stringify(now)); return true; }, 10_000);
}, 120_000);

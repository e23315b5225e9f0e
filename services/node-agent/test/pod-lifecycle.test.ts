import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { coreV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { startContainerd, removeSandboxes, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;
const POD_CIDR = '10.201.0.0/24';
const BRIDGE = 'kntest0';
const SLEEP = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];
const FINALIZER = 'kubernode.test/hold';

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/lifecycle');
  node = createTestNode(containerd, { podCidr: POD_CIDR, bridge: BRIDGE });
  node.start();
  await node.until('a ready node', () => hasCondition(node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions, 'Ready'));
}, 30_000);

afterAll(async () => {
  await node.stop();
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 30_000);

function hasCondition(conditions: readonly { type: string; status: string }[] | undefined, type: string): boolean {
  return conditions?.some((one) => one.type === type && one.status === 'True') === true;
}
const isReady = (name: string): boolean => hasCondition(node.pod(name)?.status?.conditions, 'Ready');
const container = (name: string, index = 0) => node.pod(name)?.status?.containerStatuses?.[index];
const events = (pod: string): string[] => node.client.all(coreV1Resources.events).filter(({ involvedObject }) => involvedObject.name === pod).map(({ reason, message }) => `${reason}: ${message}`);

/** Deletes as the API server does: the object stays, marked, until the node agent deletes it for good. */
function deleteGracefully(name: string, seconds: number): void {
  const pod = node.pod(name);
  if (pod === undefined) throw new Error(`no pod ${name}`);
  node.client.put({ ...pod, metadata: { ...pod.metadata, finalizers: [FINALIZER], deletionTimestamp: new Date(systemClock.now()).toISOString(), deletionGracePeriodSeconds: seconds } });
}
const wasDeleted = (name: string): boolean => node.client.writes.some(({ verb, resource, key }) => verb === 'delete' && resource === 'pods' && key === `default/${name}`);

test('a pod with two containers gets ready: one address, logs, status as kubectl shows it', async () => {
  const startMs = systemClock.now();
  node.client.put(testPod('two', { containers: [{ name: 'b', command: ['sh', '-c', 'echo hello; trap "exit 0" TERM; sleep 1000 & wait'] }, { name: 'a', command: SLEEP }] }));
  await node.until('two to be ready', () => isReady('two'));
  process.stderr.write(`two containers ready after ${systemClock.now() - startMs} ms\n`);
  expect(node.pod('two')?.status).toMatchObject({
    phase: 'Running', podIP: expect.stringMatching(/^10\.201\.0\./), hostIP: '127.0.0.1', qosClass: 'BestEffort',
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'PodReadyToStartContainers', status: 'True' }), expect.objectContaining({ type: 'Initialized', status: 'True' })]),
    containerStatuses: [{ name: 'a', ready: true, started: true, restartCount: 0 }, { name: 'b', ready: true, state: { running: {} } }],
  });
  await node.until('its events', () => events('two').filter((one) => one === 'Started: Container started').length > 0);
  const uid = node.pod('two')?.metadata.uid ?? '';
  expect(readFileSync(`${node.dir}/logs/default_two_${uid}/b/0.log`, 'utf8')).toMatch(/ stdout F hello\n$/);
}, 30_000);

test('init containers run in order before the others; a completed pod succeeds and keeps its logs', async () => {
  node.client.put(testPod('job', {
    restartPolicy: 'Never', volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: ['one', 'two'].map((name) => ({ name, command: ['sh', '-c', `echo ${name} >> /v/order`], volumeMounts: [{ name: 'v', mountPath: '/v' }] })),
    containers: [{ name: 'main', command: ['sh', '-c', 'cat /v/order; echo bye > /dev/termination-log'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
  }));
  await node.until('job to succeed', () => node.pod('job')?.status?.phase === 'Succeeded');
  expect(node.pod('job')?.status).toMatchObject({
    initContainerStatuses: [{ name: 'one', ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } }, { name: 'two', ready: true }],
    containerStatuses: [{ name: 'main', ready: false, state: { terminated: { exitCode: 0, reason: 'Completed', message: 'bye\n' } } }],
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'False', reason: 'PodCompleted' })]),
  });
  const uid = node.pod('job')?.metadata.uid ?? '';
  expect(readFileSync(`${node.dir}/logs/default_job_${uid}/main/0.log`, 'utf8').split('\n').map((line) => line.split(' ').at(-1))).toEqual(['one', 'two', '']);
}, 30_000);

test('a container that fails is restarted at once, then backs off', async () => {
  node.client.put(testPod('crash', { containers: [{ name: 'c', command: ['sh', '-c', 'exit 3'] }] }));
  await node.until('the back-off', () => container('crash')?.state?.waiting?.reason === 'CrashLoopBackOff');
  expect(container('crash')).toMatchObject({
    restartCount: 1, ready: false, lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    state: { waiting: { message: expect.stringMatching(/^back-off 10s restarting failed container=c pod=crash_default\(/) } },
  });
  expect(node.pod('crash')?.status?.phase).toBe('Running');
}, 30_000);

test('configuration reaches the container by variables and files, and files follow changes', async () => {
  node.client.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'default' }, data: { key: 'first' } });
  node.client.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sec', namespace: 'default' }, data: { pass: Buffer.from('p4ss').toString('base64') } });
  node.client.put(testPod('conf', {
    volumes: [{ name: 'c', configMap: { name: 'conf' } }, { name: 's', secret: { secretName: 'sec' } }],
    containers: [{
      name: 'c', command: ['sh', '-c', 'echo "$FROM $POD $(hostname)"; echo "$(cat /s/pass)"; trap "exit 0" TERM; sleep 1000 & wait'],
      env: [{ name: 'FROM', valueFrom: { configMapKeyRef: { name: 'conf', key: 'key' } } }, { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      volumeMounts: [{ name: 'c', mountPath: '/c' }, { name: 's', mountPath: '/s' }],
    }],
  }));
  await node.until('conf to be ready', () => isReady('conf'));
  const uid = node.pod('conf')?.metadata.uid ?? '';
  await node.until('its log', () => /p4ss/.test(readFileSync(`${node.dir}/logs/default_conf_${uid}/c/0.log`, 'utf8')));
  expect(readFileSync(`${node.dir}/logs/default_conf_${uid}/c/0.log`, 'utf8')).toContain('first conf conf');
  const file = `${node.dir}/kubelet/pods/${uid}/volumes/kubernetes.io~configmap/c/key`;
  node.client.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'default' }, data: { key: 'second' } });
  await node.until('the new value', () => readFileSync(file, 'utf8') === 'second');
}, 30_000);

test('probes decide on readiness and restart what is not alive', async () => {
  node.client.put(testPod('probed', {
    terminationGracePeriodSeconds: 1,
    containers: [{
      name: 'c', command: ['sh', '-c', 'mkdir /w; echo ok > /w/index.html; trap "exit 0" TERM; httpd -f -p 8080 -h /w & wait'],
      readinessProbe: { httpGet: { path: '/index.html', port: 8080 }, periodSeconds: 1 }, livenessProbe: { exec: { command: ['test', '-e', '/w/index.html'] }, periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1 },
    }],
  }));
  await node.until('probed to be ready', () => isReady('probed'));
  execFileSync('ctr', ['-a', containerd.socket, '-n', 'k8s.io', 'task', 'exec', '--exec-id', 'x', container('probed')?.containerID?.slice('containerd://'.length) ?? '', 'rm', '/w/index.html']);
  await node.until('the restart', () => container('probed')?.restartCount === 1 && isReady('probed'));
  await node.until('its events', () => events('probed').includes('Killing: Container c failed liveness probe, will be restarted'));
}, 40_000);

test('a graceful deletion gives the process its time, then leaves nothing behind', async () => {
  node.client.put(testPod('gone', {
    containers: [{ name: 'c', command: ['sh', '-c', 'trap "echo caught; sleep 0.2; exit 0" TERM; sleep 1000 & wait'], lifecycle: { preStop: { exec: { command: ['touch', '/v/stopped'] } } }, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }],
  }));
  await node.until('gone to be ready', () => isReady('gone'));
  const uid = node.pod('gone')?.metadata.uid ?? '';
  deleteGracefully('gone', 30);
  const startMs = systemClock.now();
  await node.until('the final delete', () => wasDeleted('gone'));
  process.stderr.write(`deleted after ${systemClock.now() - startMs} ms\n`);
  expect(node.pod('gone')?.status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] });
  expect(existsSync(`${node.dir}/kubelet/pods/${uid}`)).toBe(false);
  await node.until('its logs to go, which are the last', () => !existsSync(`${node.dir}/logs/default_gone_${uid}`));
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(uid);
  expect(readdirSync('/sys/fs/cgroup/memory/kntest/kubepods/besteffort')).not.toContain(`pod${uid}`);
}, 30_000);

test('a restart of the node agent, and of containerd, kills no container', async () => {
  const before = container('two')?.containerID;
  await node.stop();
  await containerd.kill();
  await containerd.start();
  node.start();
  await node.until('the pod to be ready again', () => isReady('two'));
  await systemClock.sleep(1500);
  expect(container('two')).toMatchObject({ containerID: before, restartCount: 0, ready: true });
}, 30_000);

test('what is deleted by force while nobody looks is removed by the next run', async () => {
  await node.stop();
  for (const name of ['two', 'job', 'crash', 'conf', 'probed']) await node.client.delete(coreV1Resources.pods, { name, namespace: 'default' });
  node.start();
  await node.until('the pods\' folders and logs to go', () => ['kubelet/pods', 'logs'].every((folder) => readdirSync(`${node.dir}/${folder}`).length === 0), 40_000);
  expect(await removeSandboxes(containerd.socket)).toBe(0);
}, 60_000);

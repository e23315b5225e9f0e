// What a node survives: its machine restarts, its disk is full, a pod takes all processes it can get, a probe never answers, and containerd is
// killed while it is at work. Pods go on, their status is right afterwards, and nothing is left of them in the end.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { removeSandboxes, startContainerd, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

const DIR = '/tmp/na/faults';
const BRIDGE = 'kntest213';
const PIDS_MAX = 30;
const SLEEP = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];
let containerd: TestContainerd;
let node: TestNode;

beforeAll(async () => {
  containerd = await startContainerd(DIR);
  mkdirSync(`${DIR}/node/kubelet`, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'kntest', `${DIR}/node/kubelet`]);
  // Pressure has tests of its own; here the node is to meet the full disk itself.
  node = createTestNode(containerd, { podCidr: '10.213.0.0/24', bridge: BRIDGE, args: [`--pod-max-pids=${PIDS_MAX}`, '--eviction-hard=memory.available<1Mi'] });
  node.start();
}, 60_000);

afterAll(async () => {
  await node.stop();
  await removeSandboxes(containerd.socket);
  for (const point of mountsBelow(DIR).reverse()) execFileSync('umount', ['-l', point]);
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 60_000);

const isReady = (name: string): boolean => node.pod(name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
const statusOf = (name: string): coreV1.ContainerStatus | undefined => node.pod(name)?.status?.containerStatuses?.[0];
const uidOf = (name: string): string => node.pod(name)?.metadata.uid ?? '';
const told = (name: string, text: string): boolean => node.client.all(coreV1Resources.events).some(({ involvedObject, message = '' }) => involvedObject.name === name && message.includes(text));
const mountsBelow = (dir: string): string[] => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').flatMap((line) => line.split(' ')[4] ?? []).filter((point) => point.startsWith(`${dir}/`));
const cgroupOf = (name: string, controller = 'pids'): string => `/sys/fs/cgroup/${controller}/kntest/kubepods/besteffort/pod${uidOf(name)}`;
const processes = (name: string): number => Number(readFileSync(`${cgroupOf(name)}/pids.current`, 'utf8'));
const logOf = (name: string): string => readFileSync(path.join(`${node.dir}/logs/default_${name}_${uidOf(name)}/c`, `${statusOf(name)?.restartCount ?? 0}.log`), 'utf8');
/** Addresses that the network has given away. */
const addresses = (): string[] => readdirSync(`${DIR}/cni-data`, { recursive: true, encoding: 'utf8' }).map((file) => path.basename(file)).filter((name) => /^10\.213\./.test(name));

/** Deletes as the API server does, and waits until nothing of the pod is there. */
async function deletePod(name: string): Promise<void> {
  const pod = node.pod(name);
  if (pod === undefined) throw new Error(`no pod ${name}`);
  const uid = uidOf(name);
  node.client.put({ ...pod, metadata: { ...pod.metadata, finalizers: ['kubernode.test/hold'], deletionTimestamp: new Date(systemClock.now()).toISOString(), deletionGracePeriodSeconds: 1 } });
  await node.until(`${name} to be gone`, () => !existsSync(`${node.dir}/kubelet/pods/${uid}`) && !existsSync(`${node.dir}/logs/default_${name}_${uid}`) && !existsSync(cgroupOf(name)), 60_000);
  expect(mountsBelow(DIR).filter((point) => point.includes(uid))).toEqual([]);
}

test('a pod that forks without end gets no more processes than the node allows, and takes none from others', async () => {
  node.client.put(testPod('forks', { containers: [{ name: 'c', command: ['sh', '-c', 'trap "exit 0" TERM; for i in $(seq 100); do (sleep 1000 &) ; done; echo done; sleep 1000 & wait'] }] }));
  await node.until('the limit to be met', () => uidOf('forks') !== '' && statusOf('forks')?.state?.running !== undefined && (processes('forks') === PIDS_MAX || /can't fork/.test(logOf('forks'))), 60_000);
  node.client.put(testPod('beside', { containers: [{ name: 'c', command: SLEEP }] }));
  await node.until('the other pod', () => isReady('beside'), 60_000);
  expect(Number(readFileSync(`${cgroupOf('forks')}/pids.max`, 'utf8'))).toBe(PIDS_MAX);
  await deletePod('forks');
  await deletePod('beside');
}, 180_000);

test('a probe that hangs fails after its time, each time, and leaves no process behind', async () => {
  node.client.put(testPod('hung', { containers: [{ name: 'c', command: SLEEP, readinessProbe: { exec: { command: ['sleep', '1000'] }, periodSeconds: 1, timeoutSeconds: 1 } }] }));
  await node.until('a failure', () => told('hung', 'Readiness probe failed: command timed out'), 60_000);
  const count = (): number => node.client.all(coreV1Resources.events).filter(({ involvedObject, message = '' }) => involvedObject.name === 'hung' && message.includes('timed out')).reduce((sum, event) => sum + Math.max(event.count ?? 1, event.series?.count ?? 1), 0);
  await node.until('more failures', () => count() >= 3, 60_000);
  await node.until('no more than one probe', () => processes('hung') <= 4); // pause, the shell and its sleep, the probe's
  expect([isReady('hung'), statusOf('hung')?.restartCount]).toEqual([false, 0]);
  await deletePod('hung');
}, 180_000);

test('on a full disk pods that run go on, a new one waits and says why, and starts once there is space', async () => {
  node.client.put(testPod('runs', { containers: [{ name: 'c', command: SLEEP }] }));
  await node.until('runs to be ready', () => isReady('runs'), 60_000);
  const id = statusOf('runs')?.containerID;
  fill(`${node.dir}/kubelet/filler`);
  node.client.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'default' }, data: { key: 'x'.repeat(10_000) } });
  node.client.put(testPod('waits', { volumes: [{ name: 'v', configMap: { name: 'conf' } }], containers: [{ name: 'c', command: SLEEP, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }));
  await node.until('the reason', () => told('waits', 'ENOSPC'), 60_000);
  expect([isReady('runs'), statusOf('runs')?.containerID, isReady('waits')]).toEqual([true, id, false]);
  rmSync(`${node.dir}/kubelet/filler`);
  await node.until('waits to be ready', () => isReady('waits'), 120_000);
  expect([isReady('runs'), statusOf('runs')?.containerID]).toEqual([true, id]);
  await deletePod('waits');
  await deletePod('runs');
}, 300_000);

/** Writes until nothing more fits. */
function fill(file: string): void {
  try { writeFileSync(file, Buffer.alloc(8 * 2 ** 20)); } catch { /* the disk is full, as it is meant to be */ }
}

test('containerd is killed while it makes pods: all of them run in the end, once', async () => {
  const names = ['one', 'two', 'three'];
  for (const name of names) node.client.put(testPod(name, { containers: [{ name: 'c', command: SLEEP }] }));
  await node.until('a first address', () => addresses().length > 0, 60_000);
  await containerd.kill();
  await containerd.start();
  await node.until('all to be ready', () => names.every(isReady), 120_000);
  for (const name of names) await deletePod(name);
  expect(await removeSandboxes(containerd.socket)).toBe(0);
}, 240_000);

test('after the machine has restarted pods run again with what they kept on disk; what was over stays over; nothing is left of the time before', async () => {
  const volumes = [{ name: 'disk', emptyDir: {} }, { name: 'memory', emptyDir: { medium: 'Memory' } }];
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  node.client.put(testPod('serves', { volumes, containers: [{ name: 'c', command: ['sh', '-c', 'echo x >> /disk/starts; echo x >> /memory/starts; echo $(wc -l < /disk/starts) $(wc -l < /memory/starts); trap "exit 0" TERM; sleep 1000 & wait'], volumeMounts }] }));
  node.client.put(testPod('job', { restartPolicy: 'Never', containers: [{ name: 'c', command: ['true'] }] }));
  await node.until('the pods', () => isReady('serves') && node.pod('job')?.status?.phase === 'Succeeded', 60_000);
  const id = statusOf('serves')?.containerID;
  await restartMachine();
  await node.until('serves to run again', () => isReady('serves') && statusOf('serves')?.containerID !== id, 120_000);
  expect(statusOf('serves')).toMatchObject({ restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 255 } } });
  await node.until('its log', () => / 2 1\n/.test(logOf('serves')));
  expect([node.pod('job')?.status?.phase, statusOf('job')?.restartCount, addresses().length]).toEqual(['Succeeded', 0, 1]);
  await deletePod('serves');
  await deletePod('job');
  expect([addresses(), await removeSandboxes(containerd.socket)]).toEqual([[], 0]);
}, 240_000);

/** Ends everything at once and takes away what lives in memory: processes, mounts, namespaces, links, control groups, the runtime's state. */
async function restartMachine(): Promise<void> {
  await node.stop();
  await containerd.kill();
  const groups = listGroups('/sys/fs/cgroup/pids/kntest');
  const shims = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(containerd.socket));
  const namespaces = [...new Set(groups.flatMap((group) => pidsIn(group)))];
  for (const pid of [...shims, ...namespaces]) kill(Number(pid));
  await node.until('the end of all processes', () => listGroups('/sys/fs/cgroup/pids/kntest').every((group) => pidsIn(group).length === 0));
  for (const point of mountsBelow(DIR).filter((one) => one !== `${node.dir}/kubelet`).reverse()) execFileSync('umount', ['-l', point]);
  rmSync(`${DIR}/state`, { recursive: true, force: true });
  execFileSync('ip', ['link', 'del', BRIDGE]);
  for (const controller of readdirSync('/sys/fs/cgroup')) for (const group of listGroups(`/sys/fs/cgroup/${controller}/kntest`).reverse()) rmdirSync(group);
  await containerd.start();
  node.start();
}

/** A control group and those below it, the outermost first. */
function listGroups(group: string): string[] {
  if (!existsSync(group)) return [];
  return [group, ...readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => listGroups(path.join(group, name)))];
}

function pidsIn(group: string): string[] { return readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').filter((line) => line !== ''); }

function commandOf(pid: string): string {
  try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8'); } catch { return ''; } // it has ended
}

function kill(pid: number): void {
  try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended, which is as good */ }
}

// Machines that are network namespaces leave nothing of their pods on the host: not when their power fails, and not when their cluster never came up.
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { findCniBinDir, hostLacksSysResource, renderContainerdConfig, writeStandardImages } from '@kubernode/cli';
import { openCriChannel } from '@kubernode/rpc';
import { Fixtures } from '@kubernode/testing';
import { attempt, must } from './chaos/cluster/host-programs.ts';
import { placesBelow, type MachineProcess } from './chaos/cluster/machine-plan.ts';
import { NamespacesBackend } from './chaos/cluster/namespaces-backend.ts';
import { machineNamed, planMachines } from './chaos/cluster/topology.ts';
import { eventually } from './framework/run.ts';

const PREFIX = 'kleft';
/** As another cluster's containerd names that of a pod. */
const STRANGER = 'cni-6b1d7e0c-0000-4000-8000-6b6c65667401';
const POD_SUBNET = '10.220.0.0/24';

const fixtures = new Fixtures();
const places = placesBelow(mkdtempSync(path.join(tmpdir(), `${PREFIX}-`)));
const topology = planMachines('198.19.78', { etcd: 0, apiservers: 0, schedulers: 0, controllerManagers: 0, nodes: 1 });
const node = machineNamed(topology, 'node-0');
const backend = new NamespacesBackend({ prefix: PREFIX, topology, places });
const socket = places.machine(node, 'containerd.sock');
const containerd: MachineProcess = { name: 'containerd', command: 'containerd', args: ['--config', places.machine(node, 'containerd.toml')], ready: { socket } };

beforeAll(async () => {
  await fixtures.use({ [Symbol.dispose]: () => { rmSync(places.dir, { recursive: true, force: true }); } });
  await fixtures.use({ [Symbol.asyncDispose]: async () => { await attempt('ip', 'netns', 'delete', STRANGER); } });
  await must('ip', 'netns', 'add', STRANGER);
  await fixtures.use(backend);
  const [cniBinDir, cniConfDir] = [findCniBinDir() ?? '', places.machine(node, 'cni')];
  mkdirSync(cniConfDir, { recursive: true });
  writeFileSync(path.join(cniConfDir, '10-pods.conflist'), JSON.stringify({ cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'bridge', bridge: 'pods0', ipam: { type: 'host-local', ranges: [[{ subnet: POD_SUBNET }]], dataDir: places.machine(node, 'cni-data') } }] }));
  writeFileSync(places.machine(node, 'containerd.toml'), renderContainerdConfig({
    root: places.machine(node, 'containerd'), state: places.machine(node, 'run'), opt: places.machine(node, 'opt'), socket, cniBinDir, cniConfDir, restrictOomScore: hostLacksSysResource(),
  }));
  await backend.prepare();
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose](), 60_000);

async function startMachine(): Promise<void> {
  await backend.start(node, [containerd]);
  const channel = openCriChannel(socket, { clock: systemClock });
  try { await eventually('containerd', () => channel.call('Version', {})); } finally { channel.close(); }
  for (const archive of writeStandardImages(places.images, process.env)) await must('ctr', '--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive);
}

/** Starts a pod on the machine; its network namespace, as mounts call it. */
async function startPod(name: string): Promise<string> {
  const channel = openCriChannel(socket, { clock: systemClock });
  try {
    const { podSandboxId } = await channel.call('RunPodSandbox', { config: { metadata: { name, uid: name, namespace: 'default', attempt: 0 }, hostname: name, linux: { cgroupParent: `${backend.cgroupRoot(node)}/${name}` } } });
    const { info } = await channel.call('PodSandboxStatus', { podSandboxId: podSandboxId ?? '', verbose: true });
    const { pid } = JSON.parse(info?.['info'] ?? '') as { pid: number }; // containerd's own facts
    return readlinkSync(`/proc/${pid}/ns/net`);
  } finally { channel.close(); }
}

/** Network namespaces that the host keeps, whether or not something runs in them. */
const kept = (): readonly string[] => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map((line) => line.split(' ')[3] ?? '').filter((what) => what.startsWith('net:['));

test('a node whose power fails leaves no network namespace of its pods, and pods start there again', async () => {
  await startMachine();
  const pods = [await startPod('a'), await startPod('b')];
  expect(kept()).toEqual(expect.arrayContaining(pods));
  await backend.powerOff(node);
  expect(kept().filter((one) => pods.includes(one))).toEqual([]);
  await startMachine();
  const again = await startPod('c');
  expect(kept()).toContain(again);
}, 120_000);

test('disposal leaves none when the runtime is gone already, nothing else of the machines either, and touches none of another cluster', async () => {
  const pod = await startPod('d');
  for (const pid of backend.pids(node, 'containerd')) process.kill(pid, 'SIGKILL');
  await backend[Symbol.asyncDispose]();
  expect(kept()).not.toContain(pod);
  const names = await must('ip', 'netns', 'list');
  expect([names.includes(STRANGER), names.includes(`${PREFIX}-`)]).toEqual([true, false]);
}, 120_000);

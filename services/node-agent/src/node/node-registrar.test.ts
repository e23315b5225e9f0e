import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import type { NodeFacts } from './compute-node.ts';
import { NodeRegistrar } from './node-registrar.ts';

let clock: FakeClock;
let client: FakeClient;
let events: string[];
let stop: AbortController;
let problems: string[];
let done: Promise<void>;
beforeEach(() => { clock = createFakeClock(); client = createFakeClient(); events = []; problems = []; stop = new AbortController(); done = Promise.resolve(); });
afterEach(async () => { stop.abort(); await done; });

const FACTS: NodeFacts = {
  name: 'n', hostname: 'n', ip: '10.0.0.1', ips: ['10.0.0.1'], labels: {}, maxPods: 110, podsPerCore: 0, reserved: { system: {}, kube: {}, thresholds: [] }, port: 1, runtimeVersion: 'r://1', kubeletVersion: 'v1', taints: [], schedulable: true,
  host: { hostname: 'n', cpus: 1, memoryBytes: 2 ** 30, swapBytes: 0, diskBytes: 2 ** 30, hugepages: [], architecture: 'amd64', kernel: 'k', osImage: 'o', machineId: 'm', systemUuid: 's', bootId: 'boot-2' },
};
const stored = (): coreV1.Node | undefined => client.stored(coreV1Resources.nodes, 'n');
const writes = (): number => client.writes.filter(({ resource, verb }) => resource === 'nodes' && verb === 'patch').length;

function registrar(): NodeRegistrar {
  return new NodeRegistrar({
    client, clock, rng: seededRng(1), logger: silentLogger, facts: FACTS, register: true, updateEveryMs: 10_000, reportEveryMs: 300_000, imagesMax: 50, runtimeAnswers: () => true, pressure: () => [], problems: () => problems, volumesInUse: () => [],
    runtime: { images: () => Promise.resolve([]), status: () => Promise.resolve({ conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true, reason: '', message: '' })), handlers: [], supplementalGroupsPolicy: false }) },
    recorder: { event: (_about, type, reason, message) => { events.push(`${type} ${reason}: ${message}`); } },
    nodes: { get: () => stored(), list: () => [], inNamespace: () => [], byIndex: () => [] },
  });
}
async function start(): Promise<NodeRegistrar> {
  const one = registrar();
  await one.register(stop.signal);
  done = one.run(stop.signal);
  await clock.advance(0);
  return one;
}

test('NodeRegistrar: registers the node with its status, and tells what it is', async () => {
  await start();
  expect(stored()).toMatchObject({ metadata: { labels: { 'kubernetes.io/hostname': 'n' } }, status: { capacity: { pods: '110' }, conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]) } });
  expect(events).toEqual(['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID', 'NodeReady'].map((event) => `Normal ${event}: Node n status is now: ${event}`).concat('Normal Starting: Starting kubelet.'));
});

test('NodeRegistrar: writes a status on news at once, without news seldom', async () => {
  const one = await start();
  const first = writes();
  await clock.advance(60_000);
  expect(writes()).toBe(first);
  problems = ['node is shutting down'];
  one.wake();
  await clock.advance(0);
  expect([writes(), stored()?.status?.conditions?.find(({ type }) => type === 'Ready')?.message, events.at(-1)]).toEqual([first + 1, 'node is shutting down', 'Normal NodeNotReady: Node n status is now: NodeNotReady']);
  await clock.advance(460_000);
  expect(writes()).toBeGreaterThan(first + 1);
});

test('NodeRegistrar: a node that is deleted is made again', async () => {
  await start();
  await client.delete(coreV1Resources.nodes, { name: 'n' });
  await clock.advance(30_000);
  expect(stored()?.metadata.name).toBe('n');
});

test('NodeRegistrar: a node that was registered before keeps what its users wrote; a reboot is told', async () => {
  client.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { mine: 'x', 'kubernetes.io/os': 'wrong' } }, spec: { taints: [{ key: 'mine', effect: 'NoSchedule' }] }, status: { nodeInfo: { bootID: 'boot-1' } } });
  await start();
  expect([stored()?.metadata.labels, stored()?.spec?.taints]).toEqual([{ mine: 'x', 'beta.kubernetes.io/arch': 'amd64', 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': 'n', 'kubernetes.io/os': 'linux' }, [{ key: 'mine', effect: 'NoSchedule' }]]);
  expect(events).toContain('Warning Rebooted: Node n has been rebooted, boot id: boot-2');
});

test('NodeRegistrar: tries again while the API server is away, and tells when no pods are to come', async () => {
  client.onWrite = () => { throw new Error('away'); };
  const one = registrar();
  const registered = one.register(stop.signal);
  await clock.advance(1000);
  client.onWrite = undefined;
  await clock.advance(10_000);
  await registered;
  done = one.run(stop.signal);
  await clock.advance(0);
  client.put({ ...stored(), spec: { unschedulable: true } });
  await clock.advance(10_000);
  expect(events.at(-1)).toBe('Normal NodeNotSchedulable: Node n status is now: NodeNotSchedulable');
});

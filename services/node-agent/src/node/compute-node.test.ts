import { parseThresholds } from '../eviction/thresholds.ts';
import { computeNode, computeNodeStatus, metadataPatch, type NodeFacts, type NodeObservation, statusChanged } from './compute-node.ts';
import type { HostFacts } from './host-facts.ts';
import { conditionEvents, computeNodeConditions } from './node-conditions.ts';
import { checkLabels } from './node-labels.ts';
import { allocatable, capacity } from './node-resources.ts';
import { shownImages } from './node-images.ts';

const GIB = 2 ** 30;
const HOST: HostFacts = { hostname: 'h', cpus: 4, memoryBytes: 8 * GIB, swapBytes: 0, diskBytes: 100 * GIB, hugepages: [{ sizeBytes: 2 ** 21, count: 0 }, { sizeBytes: GIB, count: 2 }], architecture: 'amd64', kernel: '6', osImage: 'os', machineId: 'm', systemUuid: 's', bootId: 'b' };
const thresholds = parseThresholds({ hard: { 'memory.available': '100Mi', 'nodefs.available': '10%' }, soft: {}, softGracePeriod: {}, minimumReclaim: {}, enforcePods: true });
const FACTS: NodeFacts = {
  name: 'n', hostname: 'n', ip: '10.0.0.1', ips: ['10.0.0.1', 'fd00::1'], host: HOST, labels: { zone: 'a', 'topology.kubernetes.io/zone': 'z' }, maxPods: 110, podsPerCore: 0, reserved: { system: {}, kube: {}, thresholds }, port: 10_250,
  runtimeVersion: 'containerd://1', kubeletVersion: 'v1', taints: [{ key: 't', effect: 'NoSchedule' }], schedulable: true,
};
const WELL: NodeObservation = { health: { problems: [], pressure: [] }, images: [], runtime: { handlers: [{ name: 'runc', recursiveReadOnlyMounts: true, userNamespaces: false }], supplementalGroupsPolicy: true }, volumesInUse: [] };

test('capacity and allocatable: in the forms that the kubelet writes', () => {
  expect(capacity(FACTS)).toEqual({ cpu: '4', 'ephemeral-storage': '100Gi', 'hugepages-2Mi': '0', 'hugepages-1Gi': '2Gi', memory: '8Gi', pods: '110' });
  expect(allocatable(FACTS)).toEqual({ cpu: '4', 'ephemeral-storage': String(Math.ceil(90 * GIB)), 'hugepages-2Mi': '0', 'hugepages-1Gi': '2Gi', memory: '6044Mi', pods: '110' });
});

test.each([
  ['system and kube reserved', { system: { cpu: '500m', memory: '1Gi' }, kube: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '10Gi' }, thresholds: [] }, { cpu: '2500m', memory: '4Gi', 'ephemeral-storage': '90Gi' }],
  ['more than there is', { system: { cpu: '9' }, kube: {}, thresholds: [] }, { cpu: '0' }],
])('allocatable: %s', (_what, reserved, want) => { expect(allocatable({ ...FACTS, reserved })).toMatchObject(want); });

test('capacity: pods per core are a limit of their own', () => { expect([capacity({ ...FACTS, podsPerCore: 10 })['pods'], capacity({ ...FACTS, podsPerCore: 50 })['pods']]).toEqual(['40', '110']); });

test('computeNode: labels, taints, annotation; one that takes no pods says so', () => {
  expect(computeNode({ ...FACTS, schedulable: false }, {})).toMatchObject({
    metadata: { labels: { 'kubernetes.io/hostname': 'n', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux', zone: 'a' }, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
    spec: { unschedulable: true, taints: [{ key: 't', effect: 'NoSchedule' }, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
  });
});

test('metadataPatch: follows the flags for labels of place and platform alone', () => {
  const node = computeNode(FACTS, {});
  const changed = { ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, zone: 'users', 'topology.kubernetes.io/zone': 'old' }, annotations: {} } };
  expect([metadataPatch(FACTS, node), metadataPatch(FACTS, changed)]).toEqual([undefined, { labels: { 'topology.kubernetes.io/zone': 'z' }, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } }]);
});

test('computeNodeStatus: addresses, features, system; resources of others stay', () => {
  const status = computeNodeStatus({ facts: { ...FACTS, host: { ...HOST, swapBytes: 5 } }, observation: { ...WELL, volumesInUse: ['b', 'a'] }, previous: { capacity: { 'example.com/gpu': '2', memory: '1' } }, now: 't' });
  expect(status).toMatchObject({
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }, { type: 'InternalIP', address: 'fd00::1' }, { type: 'Hostname', address: 'n' }], capacity: { 'example.com/gpu': '2', memory: '8Gi' }, volumesInUse: ['a', 'b'],
    features: { supplementalGroupsPolicy: true }, runtimeHandlers: [{ name: 'runc', features: { recursiveReadOnlyMounts: true, userNamespaces: false } }], daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } }, nodeInfo: { bootID: 'b', swap: { capacity: 5 } },
  });
});

test('statusChanged: the time of the last look is no news, all else is', () => {
  const at = (now: string, observation: NodeObservation, previous = {}): ReturnType<typeof computeNodeStatus> => computeNodeStatus({ facts: FACTS, observation, previous, now });
  const first = at('1', WELL);
  const of = (observation: NodeObservation): boolean => statusChanged(first, at('2', observation, first));
  expect([of(WELL), of({ ...WELL, images: [{ names: ['a'], sizeBytes: 1 }] }), of({ ...WELL, health: { problems: [], pressure: ['DiskPressure'] } }), statusChanged({ ...first, phase: 'x', addresses: [...(first.addresses ?? [])] }, first)]).toEqual([false, true, true, false]);
});

test('computeNodeConditions: words and times as Kubernetes has them', () => {
  const before = computeNodeConditions({ health: { problems: [], pressure: [] }, previous: [], now: '1' });
  const after = computeNodeConditions({ health: { problems: ['a', 'b', 'a'], pressure: ['MemoryPressure'] }, previous: before, now: '2' });
  expect(after.map(({ type, status, reason, message, lastTransitionTime }) => [type, status, reason, message, lastTransitionTime])).toEqual([
    ['MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available', '2'], ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure', '1'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available', '1'], ['Ready', 'False', 'KubeletNotReady', '[a, b]', '2'],
  ]);
  expect([conditionEvents([], before), conditionEvents(before, after), conditionEvents(after, after)]).toEqual([['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID', 'NodeReady'], ['NodeHasInsufficientMemory', 'NodeNotReady'], []]);
});

test('shownImages: the biggest, with a few of their names', () => {
  const image = (id: string, sizeBytes: number): Parameters<typeof shownImages>[0][number] => ({ id, sizeBytes, tags: ['t1', 't2', 't3'], digests: ['d1', 'd2', 'd3'], uid: undefined, username: '', pinned: false });
  expect([shownImages([image('a', 1), image('b', 3), image('c', 2)], 2), shownImages([image('a', 1), image('b', 2)], -1).length]).toEqual([[3, 2].map((sizeBytes) => ({ names: ['d1', 'd2', 'd3', 't1', 't2'], sizeBytes })), 2]);
});

test.each([['my.io/x', true], ['plain', true], ['node.kubernetes.io/instance-type', true], ['kubelet.kubernetes.io/x', true], ['a.node.kubernetes.io/x', true], ['topology.kubernetes.io/zone', true], ['node-role.kubernetes.io/control-plane', false], ['kubernetes.io/x', false], ['x.k8s.io/y', false]])('checkLabels: %s is allowed: %s', (key, allowed) => {
  const check = (): unknown => checkLabels({ [key]: 'v' });
  if (allowed) expect(check()).toEqual({ [key]: 'v' }); else expect(check).toThrow(`unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [${key}]`);
});

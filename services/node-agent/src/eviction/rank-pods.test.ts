import type { coreV1 } from '@kubernode/api';
import type { Pod } from '../pod/pod-facts.ts';
import { exceededLimit } from './local-storage-limits.ts';
import { evictionMessage } from './eviction-message.ts';
import { rankPods } from './rank-pods.ts';
import { refusalUnderPressure } from './admit-under-pressure.ts';
import type { DiskLayout, PodUse, PressureCondition, Signal } from './signals.ts';
import { parseThresholds } from './thresholds.ts';

const MIB = 2 ** 20;
const ONE_DISK: DiskLayout = { dedicatedImageFs: false, splitContainerFs: false };
const IMAGE_DISK: DiskLayout = { dedicatedImageFs: true, splitContainerFs: false };
const NONE = { bytes: 0, inodes: 0 };

interface Extra { priority?: number; requests?: Record<string, string>; limits?: Record<string, string>; volumes?: coreV1.Volume[]; tolerations?: coreV1.Toleration[]; annotations?: Record<string, string> }
function pod(name: string, { priority = 0, requests, limits, volumes = [], tolerations = [], annotations = {} }: Extra = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name, annotations }, spec: { priority, volumes, tolerations, containers: [{ name: 'c', resources: { ...(requests && { requests }), ...(limits && { limits }) } }] } };
}
function use(uid: string, { memory = 0, processes = 0, rootfs = 0, logs = 0, volumes = {} }: { memory?: number; processes?: number; rootfs?: number; logs?: number; volumes?: Record<string, number> }): PodUse {
  return { uid, memoryBytes: memory, processes, containers: [{ name: 'c', memoryBytes: memory, rootfs: { ...NONE, bytes: rootfs }, logs: { ...NONE, bytes: logs } }], volumes: new Map(Object.entries(volumes).map(([name, bytes]) => [name, { ...NONE, bytes }])) };
}
const rank = (signal: Signal, pods: readonly Pod[], uses: readonly PodUse[], layout = ONE_DISK): string[] => rankPods({ signal, pods, use: new Map(uses.map((one) => [one.uid, one])), layout }).map(({ metadata }) => metadata.name);

test.each<[string, Signal, Pod[], PodUse[], string[]]>([
  ['over its request before within', 'memory.available', [pod('within', { requests: { memory: '2Gi' } }), pod('over', { priority: 9, requests: { memory: '1Mi' } })], [use('within', { memory: 1024 * MIB }), use('over', { memory: 2 * MIB })], ['over', 'within']],
  ['then the less important', 'memory.available', [pod('high', { priority: 5 }), pod('low')], [use('high', { memory: 9 }), use('low', { memory: 1 })], ['low', 'high']],
  ['then the larger excess', 'memory.available', [pod('a', { requests: { memory: '10' } }), pod('b')], [use('a', { memory: 15 }), use('b', { memory: 6 })], ['b', 'a']],
  ['unknown use first', 'memory.available', [pod('known'), pod('unknown')], [use('known', { memory: 9 })], ['unknown', 'known']],
  ['processes: importance, then number', 'pid.available', [pod('few'), pod('many'), pod('high', { priority: 1 })], [use('few', { processes: 1 }), use('many', { processes: 9 }), use('high', { processes: 99 })], ['many', 'few', 'high']],
  ['disk: all that lies on it', 'nodefs.available', [pod('logs'), pod('layer'), pod('volume', { volumes: [{ name: 'v', emptyDir: {} }] })], [use('logs', { logs: 1 }), use('layer', { rootfs: 2 }), use('volume', { volumes: { v: 3 } })], ['volume', 'layer', 'logs']],
])('rankPods: %s', (_what, signal, pods, uses, want) => { expect(rank(signal, pods, uses)).toEqual(want); });

test('rankPods: with a disk of their own, layers count for images, logs and volumes for the node', () => {
  const pods = [pod('logs'), pod('layer')];
  const uses = [use('logs', { logs: 1 }), use('layer', { rootfs: 5 })];
  expect([rank('nodefs.available', pods, uses, IMAGE_DISK), rank('imagefs.available', pods, uses, IMAGE_DISK)]).toEqual([['logs', 'layer'], ['layer', 'logs']]);
});

test.each<[string, Pod, PodUse, DiskLayout, unknown]>([
  ['an emptyDir', pod('p', { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }] }), use('p', { volumes: { v: 2 * MIB } }), ONE_DISK, { signal: 'emptydirfs.limit', message: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ' }],
  ['an emptyDir within', pod('p', { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }] }), use('p', { volumes: { v: MIB } }), ONE_DISK, undefined],
  ['the pod', pod('p', { limits: { 'ephemeral-storage': '1Mi' }, volumes: [{ name: 'v', emptyDir: {} }] }), use('p', { logs: MIB, volumes: { v: 1 } }), ONE_DISK, { signal: 'ephemeralpodfs.limit', message: 'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ' }],
  ['a volume in memory does not count', pod('p', { limits: { 'ephemeral-storage': '1Mi' }, volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] }), use('p', { volumes: { v: 2 * MIB } }), ONE_DISK, undefined],
  ['a layer on the disk of images does not count', pod('p', { limits: { 'ephemeral-storage': '1Mi' } }), use('p', { rootfs: 2 * MIB }), IMAGE_DISK, undefined],
])('exceededLimit: %s', (_what, one, used, layout, want) => { expect(exceededLimit(one, used, layout)).toEqual(want); });

test('exceededLimit: a container, when the pod as a whole is within', () => {
  const two: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'p' }, spec: { containers: ['c', 'd'].map((name) => ({ name, resources: { limits: { 'ephemeral-storage': '10' } } })) } };
  expect(exceededLimit(two, use('p', { logs: 11 }), ONE_DISK)).toEqual({ signal: 'ephemeralcontainerfs.limit', message: 'Container c exceeded its local ephemeral storage limit "10". ' });
});

test('evictionMessage: names the threshold and the containers beyond their requests', () => {
  const met = parseThresholds({ hard: { 'memory.available': '100Mi' }, soft: {}, softGracePeriod: {}, minimumReclaim: {}, enforcePods: false });
  const observations = new Map<Signal, { available: number; capacity: number }>([['memory.available', { available: 50 * MIB, capacity: 1000 * MIB }]]);
  const start = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ';
  expect([
    evictionMessage({ resource: 'memory', pod: pod('p', { requests: { memory: '10Mi' } }), use: use('p', { memory: 20 * MIB }), met, observations }),
    evictionMessage({ resource: 'memory', pod: pod('p', { requests: { memory: '30Mi' } }), use: use('p', { memory: 20 * MIB }), met, observations }).message,
    evictionMessage({ resource: 'memory', pod: pod('p'), use: undefined, met, observations }),
  ]).toEqual([
    { message: `${start}Container c was using 20Mi, request is 10Mi, has larger consumption of memory. `, annotations: { offending_containers: 'c', offending_containers_usage: '20Mi', starved_resource: 'memory' } },
    start, { message: start, annotations: {} },
  ]);
});

const MEMORY: PressureCondition[] = ['MemoryPressure'];
test.each<[string, Pod, PressureCondition[], string | undefined]>([
  ['all is well', pod('p'), [], undefined], ['best effort under memory pressure', pod('p'), MEMORY, 'The node had condition: [MemoryPressure]. '], ['burstable under memory pressure', pod('p', { requests: { memory: '1' } }), MEMORY, undefined],
  ['tolerated', pod('p', { tolerations: [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }] }), MEMORY, undefined], ['another toleration', pod('p', { tolerations: [{ key: 'node.kubernetes.io/disk-pressure', operator: 'Exists' }] }), MEMORY, 'The node had condition: [MemoryPressure]. '],
  ['disk pressure keeps all out', pod('p', { requests: { memory: '1' } }), ['MemoryPressure', 'DiskPressure'], 'The node had condition: [MemoryPressure DiskPressure]. '], ['but critical ones', pod('p', { priority: 2_000_000_000 }), ['DiskPressure'], undefined],
  ['and static ones', pod('p', { annotations: { 'kubernetes.io/config.source': 'file' } }), ['DiskPressure'], undefined],
])('refusalUnderPressure: %s', (_what, one, conditions, message) => { expect(refusalUnderPressure(one, conditions)?.message).toBe(message); });

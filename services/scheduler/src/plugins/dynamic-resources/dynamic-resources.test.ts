import { resourceV1Resources, type coreV1, type resourceV1, type ResourceRef } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import { podInfo } from '../../cache/pod-info.ts';
import type { Cycle } from '../../framework/plugin.ts';
import { TestCluster, testNode as node, testPod as pod } from '../../test-support/test-cluster.ts';

type Stored = readonly [ResourceRef, object];
type Devices = Record<string, Partial<resourceV1.Device>>;

function slice(nodeName: string, devices: Devices, { pool = nodeName, slices = 1, ...spec }: { pool?: string; slices?: number } & Partial<Omit<resourceV1.ResourceSliceSpec, 'pool'>> = {}): Stored {
  return [resourceV1Resources.resourceslices, {
    apiVersion: 'resource.k8s.io/v1', kind: 'ResourceSlice', metadata: { name: `${nodeName}-${pool}` },
    spec: { driver: 'gpu.test', nodeName, pool: { name: pool, generation: 1, resourceSliceCount: slices }, devices: Object.entries(devices).map(([name, one]) => ({ name, ...one })), ...spec },
  }];
}

const gpus: Stored = [resourceV1Resources.deviceclasses, { apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass', metadata: { name: 'gpu' }, spec: { selectors: [{ cel: { expression: "device.driver == 'gpu.test'" } }] } }];

function claim(name: string, requests: readonly Partial<resourceV1.DeviceRequest>[], { constraints, status }: { constraints?: resourceV1.DeviceConstraint[]; status?: resourceV1.ResourceClaimStatus } = {}): Stored {
  const named = requests.map((one, i) => ({ name: `r${i}`, ...one }));
  return [resourceV1Resources.resourceclaims, { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name, namespace: 'ns', uid: name }, spec: { devices: { requests: named, ...(constraints && { constraints }) } }, ...(status && { status }) }];
}

const one = (more: Partial<resourceV1.ExactDeviceRequest> = {}): Partial<resourceV1.DeviceRequest> => ({ exactly: { deviceClassName: 'gpu', ...more } });
const where = (expression: string): resourceV1.DeviceSelector[] => [{ cel: { expression } }];
const uses = (...names: string[]): coreV1.Pod => pod({ resourceClaims: names.map((name) => ({ name, resourceClaimName: name })) });
const taken = (device: string, host: string): { status: resourceV1.ResourceClaimStatus } => ({ status: { allocation: { devices: { results: [{ request: 'r0', driver: 'gpu.test', pool: host, device }] }, nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [host] }] }] } } } });
const nodes: [coreV1.Node][] = [[node('a')], [node('b')]];
const NONE = '0/2 nodes are available: 2 cannot allocate all claims. still not schedulable, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';

describe('DynamicResources', () => {
  test.each<[string, Stored[], coreV1.Pod, string]>([
    ['the node that has a device', [gpus, slice('b', { x: {} }), claim('c', [one()])], uses('c'), 'b'],
    ['no claim', [gpus], uses('c'), '0/2 nodes are available: resourceclaim.resource.k8s.io "c" not found. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'],
    ['a class that is missing', [claim('c', [one()])], uses('c'), '0/2 nodes are available: request r0: device class gpu does not exist. still not schedulable, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'],
    ['no device', [gpus, claim('c', [one()])], uses('c'), NONE],
    ['a device that another claim has', [gpus, slice('a', { x: {} }), slice('b', { x: {} }), claim('d', [one()], taken('x', 'a')), claim('c', [one()])], uses('c'), 'b'],
    ['a device that was given before', [gpus, slice('a', { x: {} }), slice('b', { x: {} }), claim('c', [one()], taken('x', 'b'))], uses('c'), 'b'],
    ['as many devices as asked for', [gpus, slice('a', { x: {} }), slice('b', { x: {}, y: {} }), claim('c', [one({ count: 2 })])], uses('c'), 'b'],
    ['two claims at once', [gpus, slice('a', { x: {} }), slice('b', { x: {}, y: {} }), claim('c', [one()]), claim('d', [one()])], uses('c', 'd'), 'b'],
    ['a selector', [gpus, slice('a', { x: { attributes: { mem: { int: 8 } } } }), slice('b', { x: { attributes: { mem: { int: 16 } } } }), claim('c', [one({ selectors: where("device.attributes['gpu.test'].mem >= 16") })])], uses('c'), 'b'],
    ['devices that go together', [gpus, slice('a', { x: { attributes: { board: { string: 'k' } } }, y: { attributes: { board: { string: 'l' } } } }), slice('b', { x: { attributes: { board: { string: 'k' } } }, y: { attributes: { board: { string: 'l' } } }, z: { attributes: { board: { string: 'l' } } } }), claim('c', [one({ count: 2 })], { constraints: [{ matchAttribute: 'gpu.test/board' }] })], uses('c'), 'b'],
    ['devices that are apart', [gpus, slice('a', { x: { attributes: { board: { string: 'k' } } }, y: { attributes: { board: { string: 'k' } } } }), slice('b', { x: { attributes: { board: { string: 'k' } } }, y: { attributes: { board: { string: 'l' } } } }), claim('c', [one({ count: 2 })], { constraints: [{ distinctAttribute: 'gpu.test/board' }] })], uses('c'), 'b'],
    ['a tainted device', [gpus, slice('a', { x: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }), claim('c', [one()])], uses('c'), NONE],
    ['a tolerated taint', [gpus, slice('a', { x: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }), claim('c', [one({ tolerations: [{ key: 'k', operator: 'Exists' }] })])], uses('c'), 'a'],
    ['the second best', [gpus, slice('a', { x: {} }), claim('c', [{ firstAvailable: [{ name: 'large', deviceClassName: 'gpu', selectors: where("device.attributes['gpu.test'].?mem.orValue(0) > 8") }, { name: 'any', deviceClassName: 'gpu' }] }])], uses('c'), 'a'],
    ['all devices, of which one is taken', [gpus, slice('a', { x: {}, y: {} }), slice('b', { x: {} }), claim('d', [one()], taken('x', 'a')), claim('c', [one({ allocationMode: 'All' })])], uses('c'), 'b'],
    ['an administrator', [gpus, slice('a', { x: {} }), claim('d', [one()], taken('x', 'a')), claim('c', [one({ adminAccess: true })])], uses('c'), 'a'],
    ['a pool that is not complete', [gpus, slice('a', { x: {} }, { slices: 2 }), claim('c', [one()])], uses('c'), NONE],
    ['parts of a device that share counters', [gpus,
      slice('a', { half: { consumesCounters: [{ counterSet: 's', counters: { mem: { value: '5' } } }] }, other: { consumesCounters: [{ counterSet: 's', counters: { mem: { value: '5' } } }] } }, { sharedCounters: [{ name: 's', counters: { mem: { value: '8' } } }] }),
      slice('b', { x: {}, y: {} }), claim('c', [one({ count: 2 })])], uses('c'), 'b'],
    ['a share of a device', [gpus, slice('a', { x: { allowMultipleAllocations: true, capacity: { mem: { value: '8Gi' } } } }), slice('b', { x: { allowMultipleAllocations: true, capacity: { mem: { value: '16Gi' } } } }), claim('c', [one({ capacity: { requests: { mem: '6Gi' } } }), one({ capacity: { requests: { mem: '6Gi' } } })])], uses('c'), 'b'],
  ])('%s', (_name, objects, subject, want) => { expect(new TestCluster(nodes, { objects }).place(subject)).toBe(want); });

  test('devices that a decision gave away are not given away in the next', () => {
    const cluster = new TestCluster(nodes, { objects: [gpus, slice('a', { x: {} }), claim('c', [one()]), claim('d', [one()])] });
    const reserved = cluster.reserve(uses('c'));
    expect(cluster.place(uses('d'))).toBe(NONE);
    reserved.undo();
    expect(cluster.place(uses('d'))).toBe('a');
  });

  test('what was decided is written into the claim before the pod is bound', async () => {
    const [, stored] = claim('c', [one()]);
    const client = createFakeClient([stored]);
    const cluster = new TestCluster(nodes, { client, objects: [gpus, slice('a', { x: {} }), [resourceV1Resources.resourceclaims, client.stored(resourceV1Resources.resourceclaims, 'ns/c') ?? {}]] });
    const subject = uses('c');
    const cycle: Cycle = { subject: podInfo(subject), table: cluster.table, nowMs: 0 };
    const plugin = cluster.profile.all.find(({ name }) => name === 'DynamicResources');
    const view = cluster.table.get('a');
    const filter = plugin?.prepareFilter?.(cycle);
    if (view === undefined || filter === undefined || 'code' in filter) throw new Error('the claim is to be allocated');
    expect([filter.check(view), plugin?.reserve?.(cycle, view), await plugin?.preBind?.(cycle, view, new AbortController().signal)]).toEqual([undefined, undefined, undefined]);
    const { metadata, status } = client.stored(resourceV1Resources.resourceclaims, 'ns/c') ?? {};
    expect([metadata?.finalizers, status?.reservedFor?.map(({ uid }) => uid), status?.allocation?.devices?.results, status?.allocation?.nodeSelector]).toEqual([
      ['resource.kubernetes.io/delete-protection'], [subject.metadata.uid], [{ request: 'r0', driver: 'gpu.test', pool: 'a', device: 'x' }], { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }] }]);
  });
});

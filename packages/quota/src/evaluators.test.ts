import { formatQuantity, type KubeObject } from '@kubernode/apimachinery';
import type { coreV1, resourceV1 } from '@kubernode/api';
import type { QuotaWorld } from './device-claim-evaluator.ts';
import type { Usage } from './evaluator.ts';
import { isQuotable, quotaEvaluators } from './evaluators.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const nothing: QuotaWorld = { deviceClasses: () => [], pod: () => undefined, deviceClaims: () => [] };
const object = (rest: object, metadata: object = {}): KubeObject => ({ kind: 'X', apiVersion: 'v1', metadata: { name: 'x', namespace: 'ns', ...metadata }, ...rest });
const written = (usage: Usage): Record<string, string> => Object.fromEntries([...usage].map(([name, amount]) => [name, formatQuantity(amount)]));
const usage = (resource: string, of: KubeObject, world = nothing): Record<string, string> => written(quotaEvaluators(world).of({ group: resource === 'resourceclaims' ? 'resource.k8s.io' : '', resource }).usage(of, now));
const container = (name: string, requests: Record<string, string>, more: object = {}): object => ({ name, resources: { requests }, ...more });
const pod = (spec: object, status: object = {}, metadata: object = {}): KubeObject => object({ spec: { containers: [], ...spec }, status }, metadata);
const counted = { 'count/pods': '1', pods: '1' };
const cpu = (amount: string): Record<string, string> => ({ ...counted, cpu: amount, 'requests.cpu': amount });

describe('pods cost', () => {
  test.each<[string, KubeObject, Record<string, string>]>([
    ['what their containers ask for and may use', pod({ containers: [container('a', { cpu: '250m' }), { name: 'b', resources: { requests: { cpu: '250m', memory: '1Gi', 'ephemeral-storage': '1Gi' }, limits: { cpu: '1', memory: '2Gi' } } }] }),
      { ...cpu('500m'), memory: '1Gi', 'requests.memory': '1Gi', 'ephemeral-storage': '1Gi', 'requests.ephemeral-storage': '1Gi', 'limits.cpu': '1', 'limits.memory': '2Gi' }],
    ['the largest init container, if it is more', pod({ containers: [container('a', { cpu: '1' })], initContainers: [container('i', { cpu: '3' }), container('j', { cpu: '2' })] }), cpu('3')],
    ['sidecars beside containers', pod({ containers: [container('a', { cpu: '1' })], initContainers: [container('s', { cpu: '1' }, { restartPolicy: 'Always' }), container('i', { cpu: '500m' })] }), cpu('2')],
    ['init containers beside the sidecars that began before them', pod({ containers: [container('a', { cpu: '1' })], initContainers: [container('s', { cpu: '1' }, { restartPolicy: 'Always' }), container('i', { cpu: '4' }), container('t', { cpu: '1' }, { restartPolicy: 'Always' })] }), cpu('5')],
    ['overhead, of limits only where there are some', pod({ containers: [{ name: 'a', resources: { requests: { cpu: '1' }, limits: { cpu: '1' } } }], overhead: { cpu: '100m', memory: '1Mi' } }), { ...cpu('1100m'), 'limits.cpu': '1100m', memory: '1Mi', 'requests.memory': '1Mi' }],
    ['what is said for the whole pod', pod({ containers: [container('a', { cpu: '1' })], resources: { requests: { cpu: '3' } } }), cpu('3')],
    ['the larger side of a resize', pod({ containers: [container('a', { cpu: '1' })] }, { containerStatuses: [{ name: 'a', resources: { requests: { cpu: '2' } }, allocatedResources: { cpu: '3' } }] }), cpu('3')],
    ['what they have, when a resize can never be', pod({ containers: [container('a', { cpu: '9' })] }, { conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }], containerStatuses: [{ name: 'a', resources: { requests: { cpu: '2' } } }] }), cpu('2')],
    ['extended resources, huge pages and device classes', pod({ containers: [container('a', { 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi', 'deviceclass.resource.kubernetes.io/big': '1', 'kubernetes.io/other': '1' })] }),
      { ...counted, 'requests.example.com/gpu': '2', 'hugepages-2Mi': '4Mi', 'requests.hugepages-2Mi': '4Mi', 'requests.deviceclass.resource.kubernetes.io/big': '1' }],
    ['no more than an object once they have ended', pod({ containers: [container('a', { cpu: '1' })] }, { phase: 'Succeeded' }), { 'count/pods': '1' }],
    ['no more than an object when they should be gone', pod({}, {}, { deletionTimestamp: '2025-12-31T23:59:00Z', deletionGracePeriodSeconds: 59 }), { 'count/pods': '1' }],
    ['as before while they may still run', pod({}, {}, { deletionTimestamp: '2025-12-31T23:59:00Z', deletionGracePeriodSeconds: 60 }), counted],
  ])('%s', (_name, of, expected) => { expect(usage('pods', of)).toEqual(expected); });
});

test.each<[string, coreV1.ServiceSpec, [nodePorts: string, balancers: string]]>([
  ['inside', { ports: [{ port: 1 }] }, ['0', '0']], ['on nodes', { type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] }, ['2', '0']], ['balanced', { type: 'LoadBalancer', ports: [{ port: 1 }] }, ['1', '1']],
  ['balanced without ports on nodes', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 1 }, { port: 2, nodePort: 30_000 }] }, ['1', '1']],
])('services %s cost ports and balancers', (_name, spec, [nodePorts, balancers]) => {
  expect(usage('services', object({ spec }))).toEqual({ 'count/services': '1', services: '1', 'services.nodeports': nodePorts, 'services.loadbalancers': balancers });
});

test.each<[string, object, Record<string, string>]>([
  ['their class', { spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } } }, { 'requests.storage': '1Gi', 'fast.storageclass.storage.k8s.io/requests.storage': '1Gi', 'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1' }],
  ['what is allocated, if it is more', { spec: { resources: { requests: { storage: '1Gi' } } }, status: { allocatedResources: { storage: '3Gi' } } }, { 'requests.storage': '3Gi' }],
  ['no space when they ask for none', { spec: {} }, {}],
])('volume claims cost %s', (_name, claim, expected) => {
  expect(usage('persistentvolumeclaims', object(claim))).toEqual({ 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1', ...expected });
});

describe('device claims cost', () => {
  const classes: resourceV1.DeviceClass[] = [{ apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass', metadata: { name: 'gpu' }, spec: { extendedResourceName: 'example.com/gpu' } }];
  const exactly = (deviceClassName: string, count: number, allocationMode = 'ExactCount'): object => ({ name: deviceClassName, exactly: { deviceClassName, allocationMode, count } });
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true };
  const claim = (requests: object[], metadata: object = {}): KubeObject => object({ spec: { devices: { requests } } }, metadata);
  const forPod = { annotations: { 'resource.kubernetes.io/extended-resource-claim': 'true' }, ownerReferences: [owner] };
  const world: QuotaWorld = { ...nothing, deviceClasses: () => classes };
  const podOf = (status: object): QuotaWorld => ({ ...world, pod: () => pod({ containers: [container('a', { 'example.com/gpu': '2' })] }, status, { name: 'p', uid: 'u' }) as unknown as coreV1.Pod }); // built as one
  const gpus = (count: string, ...rest: [string, string][]): Record<string, string> => ({ 'count/resourceclaims.resource.k8s.io': '1', 'gpu.deviceclass.resource.k8s.io/devices': count, 'requests.deviceclass.resource.kubernetes.io/gpu': count, ...Object.fromEntries(rest) });

  test.each<[string, KubeObject, QuotaWorld, Record<string, string>]>([
    ['devices of their classes', claim([exactly('gpu', 2), exactly('gpu', 1)]), nothing, gpus('3')],
    ['all that a claim may have', claim([exactly('gpu', 0, 'All')]), nothing, gpus('32')],
    ['the largest of alternatives', claim([{ name: 'r', firstAvailable: [{ name: 'a', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 }, { name: 'b', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 5 }] }]), nothing, gpus('5')],
    ['the resource that pods would ask for', claim([exactly('gpu', 2)]), world, gpus('2', ['requests.example.com/gpu', '2'])],
    ['nothing that the pod was charged with', claim([exactly('gpu', 3)], forPod), podOf({ extendedResourceClaimStatus: { resourceClaimName: 'x' } }), gpus('3', ['requests.example.com/gpu', '1'])],
    ['all of it when the pod has another claim', claim([exactly('gpu', 3)], forPod), podOf({ extendedResourceClaimStatus: { resourceClaimName: 'y' } }), gpus('3', ['requests.example.com/gpu', '3'])],
    ['all of it when the pod is somebody else', claim([exactly('gpu', 3)], { ...forPod, ownerReferences: [{ ...owner, uid: 'v' }] }), podOf({}), gpus('3', ['requests.example.com/gpu', '3'])],
    ['all of it when an older claim is the pod\'s', claim([exactly('gpu', 3)], { ...forPod, creationTimestamp: '2026-01-01T00:00:01Z' }), { ...podOf({}), deviceClaims: () => [claim([], { ...forPod, name: 'y', creationTimestamp: '2026-01-01T00:00:00Z' }) as unknown as resourceV1.ResourceClaim] }, gpus('3', ['requests.example.com/gpu', '3'])], // built as one
  ])('%s', (_name, of, known, expected) => { expect(usage('resourceclaims', of, known)).toEqual(expected); });

  test.each([['gpu.deviceclass.resource.k8s.io/devices', true], ['requests.example.com/gpu', true], ['requests.deviceclass.resource.kubernetes.io/gpu', true], ['requests.example.com/other', false], ['requests.cpu', false]])('counts %s: %p', (name, counts) => {
    expect(quotaEvaluators(world).of({ group: 'resource.k8s.io', resource: 'resourceclaims' }).counts(name)).toBe(counts);
  });
});

test('whatever else there is costs one', () => {
  expect(written(quotaEvaluators(nothing).of({ group: 'example.com', resource: 'widgets' }).usage(object({}), now))).toEqual({ 'count/widgets.example.com': '1' });
  expect(usage('secrets', object({}))).toEqual({ 'count/secrets': '1', secrets: '1' });
  expect([isQuotable({ group: '', resource: 'events' }), isQuotable({ group: 'events.k8s.io', resource: 'events' }), isQuotable({ group: 'example.com', resource: 'events' })]).toEqual([false, false, true]);
});

test('claims may cost more when their status says what they have got', () => {
  const handles = (resource: string, operation: string, subresource: string): boolean => quotaEvaluators(nothing).of({ group: '', resource }).handles({ operation, subresource, object: pod({}), oldObject: pod({}) });
  expect([handles('persistentvolumeclaims', 'UPDATE', 'status'), handles('services', 'UPDATE', 'status'), handles('pods', 'UPDATE', 'resize'), handles('pods', 'UPDATE', ''), handles('secrets', 'UPDATE', '')]).toEqual([true, false, true, false, false]);
});

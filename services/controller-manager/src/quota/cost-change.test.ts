import { formatQuantity, type KubeObject, type ObjectMeta } from '@kubernode/apimachinery';
import { quotaEvaluators } from '@kubernode/quota';
import { costChange } from './cost-change.ts';
import { noticedUsage } from './noticed-usage.ts';

type Amounts = Record<string, string>;
interface Change { from?: object | undefined; to?: object | undefined; nowMs?: number }

const evaluators = quotaEvaluators({ deviceClasses: () => [], pod: () => undefined, deviceClaims: () => [] });
const GONE = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 };
const object = (spec: object, status: object = {}, metadata: object = {}): { metadata: ObjectMeta } => ({ metadata: { name: 'x', uid: 'u', ...metadata }, ...{ spec, status } });
const pod = (cpu: string, status: object = {}, rest: object = {}, metadata: object = {}): object => object({ containers: [{ name: 'c', resources: { requests: { cpu } } }], ...rest }, status, metadata);
const sized = (cpu: string, actual: string): object => pod(cpu, { containerStatuses: [{ name: 'c', resources: { requests: { cpu: actual } } }] });
const volume = (size: string, status: object = {}, className?: string): object => object({ resources: { requests: { storage: size } }, ...(className !== undefined && { volumeAttributesClassName: className }) }, status);
const claim = (className: string): object => object({ devices: { requests: [{ name: 'r', exactly: { deviceClassName: className, allocationMode: 'ExactCount', count: 2 } }] } });

function changeOf(names: readonly string[], resource: string, { from, to, nowMs = 0 }: Change, { scopes = [], group = '' }: { scopes?: readonly string[]; group?: string } = {}): { released: Amounts; grew: boolean } {
  const evaluator = noticedUsage(evaluators.of({ group, resource }), () => false);
  const change = { key: 'n/x', ...(to !== undefined && { object: to as KubeObject }), ...(from !== undefined && { previous: from as KubeObject }) }; // as the informer tells
  const { released, grew } = costChange({ names, scopes: scopes.map((scopeName) => ({ scopeName, operator: 'Exists' })) }, evaluator, change, nowMs);
  return { released: Object.fromEntries([...released].map(([name, amount]) => [name, formatQuantity(amount)])), grew };
}

const COMPUTE = ['pods', 'requests.cpu', 'count/pods'];

test.each<[string, Change, Amounts, boolean]>([
  ['created', { to: pod('1') }, {}, true],
  ['deleted', { from: pod('1') }, { pods: '1', 'requests.cpu': '1', 'count/pods': '1' }, false],
  ['replaced by one of its name', { from: pod('2'), to: pod('1', {}, {}, { uid: 'v' }) }, { pods: '1', 'requests.cpu': '2', 'count/pods': '1' }, true],
  ['running', { from: pod('1'), to: pod('1', { phase: 'Running' }) }, {}, false],
  ['ended', { from: pod('1'), to: pod('1', { phase: 'Failed' }) }, { pods: '1', 'requests.cpu': '1' }, false],
  ['deleted after its end', { from: pod('1', { phase: 'Succeeded' }) }, { 'count/pods': '1' }, false],
  ['asked to go', { from: pod('1'), to: pod('1', {}, {}, GONE) }, {}, false],
  ['found to be overdue', { from: pod('1', {}, {}, GONE), to: pod('1', {}, {}, GONE), nowMs: Infinity }, { pods: '1', 'requests.cpu': '1' }, false],
  ['asked to shrink', { from: sized('2', '2'), to: sized('1', '2') }, {}, false],
  ['smaller', { from: sized('1', '2'), to: sized('1', '1') }, { 'requests.cpu': '1' }, false],
  ['larger', { from: sized('1', '1'), to: sized('2', '1') }, {}, true],
  ['said otherwise', { from: pod('1'), to: pod('1000m') }, {}, false],
])('a pod that is %s', (_how, change, released, grew) => { expect(changeOf(COMPUTE, 'pods', change)).toEqual({ released, grew }); });

test.each<[string, Change, boolean]>([
  ['leaves it', { from: pod('1'), to: pod('1', {}, { activeDeadlineSeconds: 5 }) }, true],
  ['enters it', { from: pod('1', {}, { activeDeadlineSeconds: 5 }), to: pod('1') }, false],
  ['was never in it', { from: pod('1', {}, { activeDeadlineSeconds: 5 }) }, false],
])('a pod gives a scope back when it %s', (_how, change, released) => { expect(changeOf(['pods'], 'pods', change, { scopes: ['NotTerminating'] }).released).toEqual(released ? { pods: '1' } : {}); });

test.each<[string, string, readonly string[], Change, Amounts]>([
  ['services', 'made internal', ['services', 'services.nodeports'], { from: object({ type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] }), to: object({ type: 'ClusterIP', ports: [{ port: 1 }] }) }, { 'services.nodeports': '2' }],
  ['services', 'freed of a port', ['services.nodeports'], { from: object({ type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] }), to: object({ type: 'NodePort', ports: [{ port: 1 }] }) }, { 'services.nodeports': '1' }],
  ['persistentvolumeclaims', 'allocated less', ['requests.storage'], { from: volume('1Gi', { allocatedResources: { storage: '3Gi' } }), to: volume('1Gi', { allocatedResources: { storage: '1Gi' } }) }, { 'requests.storage': '2Gi' }],
  ['secrets', 'deleted', ['secrets', 'count/secrets'], { from: object({}) }, { secrets: '1', 'count/secrets': '1' }],
  ['secrets', 'changed', ['secrets'], { from: object({}), to: object({ a: 1 }) }, {}],
])('%s that are %s give back what they cost', (resource, _how, names, change, released) => { expect(changeOf(names, resource, change).released).toEqual(released); });

test('what an object costs only beside others is not known later', () => {
  const names = ['count/resourceclaims.resource.k8s.io', 'gpu.deviceclass.resource.k8s.io/devices', 'requests.deviceclass.resource.kubernetes.io/gpu'];
  expect(changeOf(names, 'resourceclaims', { from: claim('gpu') }, { group: 'resource.k8s.io' }).released).toEqual({ 'count/resourceclaims.resource.k8s.io': '1', 'gpu.deviceclass.resource.k8s.io/devices': '2' });
});

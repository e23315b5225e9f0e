import { formatQuantity, type KubeObject } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { calculateUsage, type CountedObjects } from './calculate-usage.ts';
import { quotaEvaluators } from './evaluators.ts';

const evaluators = quotaEvaluators({ deviceClasses: () => [], pod: () => undefined, deviceClaims: () => [] });
const object = (rest: object): KubeObject => ({ kind: 'X', apiVersion: 'v1', metadata: { name: 'x' }, ...rest });
const pods = [
  object({ spec: { containers: [{ name: 'c', resources: { requests: { memory: '1Gi' } } }], priorityClassName: 'high', activeDeadlineSeconds: 5 } }),
  object({ spec: { containers: [{ name: 'c', resources: { requests: { memory: '512Mi' } } }] } }), object({ spec: { containers: [{ name: 'c' }] } }),
  object({ spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }], affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'k', namespaceSelector: {} } }] } } }, status: { qosClass: 'Burstable' } }),
];
const claims = ['gold', 'silver', undefined].map((volumeAttributesClassName) => object({ spec: { ...(volumeAttributesClassName && { volumeAttributesClassName }) }, status: volumeAttributesClassName === 'gold' ? { currentVolumeAttributesClassName: 'silver' } : {} }));
const counted = (resource: string, objects: readonly KubeObject[] | undefined, group = ''): CountedObjects => ({ evaluator: evaluators.of({ group, resource }), objects: () => objects });

function calculate(spec: coreV1.ResourceQuotaSpec, all: readonly CountedObjects[] = [counted('pods', pods), counted('persistentvolumeclaims', claims), counted('widgets', [object({}), object({})], 'example.com')]): unknown {
  const { used, unknown } = calculateUsage({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec }, all, 0);
  return [Object.fromEntries([...used].map(([name, amount]) => [name, formatQuantity(amount)])), [...unknown]];
}

describe('calculateUsage', () => {
  test.each<[string, coreV1.ResourceQuotaSpec['hard'], Record<string, string>]>([
    ['sums what is limited', { pods: '1', 'requests.memory': '1' }, { pods: '4', 'requests.memory': '1536Mi' }],
    ['counts custom resources', { 'count/widgets.example.com': '1' }, { 'count/widgets.example.com': '2' }],
    ['says nothing of what nobody counts', { 'count/gadgets.example.com': '1', pods: '9' }, { pods: '4' }],
    ['says zero of what is counted and not there', { 'requests.example.com/gpu': '1', 'slow.storageclass.storage.k8s.io/persistentvolumeclaims': '1' }, { 'requests.example.com/gpu': '0', 'slow.storageclass.storage.k8s.io/persistentvolumeclaims': '0' }],
  ])('%s', (_name, hard, expected) => { expect(calculate({ ...(hard && { hard }) })).toEqual([expected, []]); });

  test('leaves out what is not known yet', () => {
    expect(calculate({ hard: { pods: '1', secrets: '1' } }, [counted('pods', undefined), counted('secrets', [object({})])])).toEqual([{ secrets: '1' }, ['pods']]);
  });

  const of = (scopeName: string, operator: string, ...values: string[]): coreV1.ResourceQuotaSpec => ({ scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values.length > 0 && { values }) }] } });
  test.each<[string, coreV1.ResourceQuotaSpec, number]>([
    ['Terminating', { scopes: ['Terminating'] }, 1], ['NotTerminating', { scopes: ['NotTerminating'] }, 3], ['BestEffort', { scopes: ['BestEffort'] }, 1], ['NotBestEffort', { scopes: ['NotBestEffort'] }, 3],
    ['two scopes', { scopes: ['NotTerminating', 'NotBestEffort'] }, 2], ['CrossNamespacePodAffinity', of('CrossNamespacePodAffinity', 'Exists'), 1],
    ['a priority class', of('PriorityClass', 'In', 'high'), 1], ['other priority classes', of('PriorityClass', 'NotIn', 'high'), 3], ['any priority class', of('PriorityClass', 'Exists'), 1], ['no priority class', of('PriorityClass', 'DoesNotExist'), 3],
  ])('counts pods of %s', (_name, spec, expected) => { expect(calculate({ hard: { pods: '1' }, ...spec })).toEqual([{ pods: String(expected) }, []]); });

  test.each<[string, string[], number]>([['In', ['silver'], 2], ['In', ['gold'], 1], ['NotIn', ['silver'], 2], ['Exists', [], 2], ['DoesNotExist', [], 1]])('counts claims whose attributes class is %s %p', (operator, values, expected) => {
    expect(calculate({ hard: { persistentvolumeclaims: '1' }, ...of('VolumeAttributesClass', operator, ...values) })).toEqual([{ persistentvolumeclaims: String(expected) }, []]);
  });
});

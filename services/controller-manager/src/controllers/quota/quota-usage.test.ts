import { formatQuantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { inScope, podUsage, serviceUsage, sum } from './quota-usage.ts';

function pod(spec: Partial<coreV1.PodSpec>, status: coreV1.PodStatus = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' }, spec: { containers: [{ name: 'a', resources: { requests: { cpu: '250m' }, limits: { memory: '1Gi' } } }], ...spec }, status };
}

test('podUsage adds containers and takes the larger init container', () => {
  const usage = podUsage(pod({ initContainers: [{ name: 'i', resources: { requests: { cpu: '1' } } }] }));
  expect(Object.fromEntries([...usage].map(([name, amount]) => [name, formatQuantity(amount)]))).toEqual({ 'count/pods': '1', pods: '1', cpu: '1', 'requests.cpu': '1', 'limits.memory': '1Gi' });
  expect([...podUsage(pod({}, { phase: 'Failed' })).keys()]).toEqual(['count/pods']);
});

test('sum adds by name', () => {
  const ports = serviceUsage({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 80 }, { port: 81 }] } });
  expect(formatQuantity(sum([ports, ports]).get('services.nodeports') ?? { nanos: 0n, format: 'DecimalSI' })).toBe('4');
});

test.each<[string, coreV1.ResourceQuotaSpec, coreV1.Pod, boolean]>([
  ['Terminating', { scopes: ['Terminating'] }, pod({ activeDeadlineSeconds: 9 }), true],
  ['NotTerminating', { scopes: ['NotTerminating'] }, pod({ activeDeadlineSeconds: 9 }), false],
  ['BestEffort', { scopes: ['BestEffort'] }, pod({}, { qosClass: 'BestEffort' }), true],
  ['a priority class', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, pod({ priorityClassName: 'low' }), false],
  ['no priority class', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'DoesNotExist' }] } }, pod({}), true],
])('inScope of %s', (_name, spec, one, want) => { expect(inScope(one, spec)).toBe(want); });

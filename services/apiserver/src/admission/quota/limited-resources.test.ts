import type { KubeObject } from '@kubernode/apimachinery';
import { quotaEvaluators } from '@kubernode/quota';
import type { AdmissionAttributes } from '../admission.ts';
import type { ResourceQuota } from './check-quota.ts';
import { readLimitedResources, requireCover } from './limited-resources.ts';

const podEvaluator = quotaEvaluators({ deviceClasses: () => [], pod: () => undefined, deviceClaims: () => [] }).of({ group: '', resource: 'pods' });
const scope = { scopeName: 'PriorityClass', operator: 'In', values: ['a', 'high'] };
const configuration = JSON.stringify({ kind: 'ResourceQuotaConfiguration', apiVersion: 'apiserver.config.k8s.io/v1', limitedResources: [{ resource: 'pods', matchContains: ['cpu'] }, { resource: 'pods', matchScopes: [scope] }] });
const quota = (hard: Record<string, string>, spec: object = {}): ResourceQuota => ({ kind: 'ResourceQuota', apiVersion: 'v1', metadata: { name: 'q' }, spec, status: { hard, used: {} } });
const pod = (cpu: string | undefined, priorityClassName?: string): KubeObject => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources: cpu === undefined ? {} : { requests: { cpu } } }], priorityClassName } });

test.each<[string, KubeObject, ResourceQuota[], string | undefined]>([
  ['nothing limited', pod(undefined), [], undefined],
  ['something limited without a quota', pod('1'), [], 'pods "p" is forbidden: insufficient quota to consume: cpu,requests.cpu'],
  ['something limited with a quota for a part', pod('1'), [quota({ cpu: '5' })], 'pods "p" is forbidden: insufficient quota to consume: requests.cpu'],
  ['something limited with a quota for all', pod('1'), [quota({ cpu: '5', 'requests.cpu': '5' })], undefined],
  ['a limited class without a quota', pod(undefined, 'high'), [], 'insufficient quota to match these scopes: [{PriorityClass In [a high]}]'],
  ['a limited class with a quota', pod(undefined, 'high'), [quota({ pods: '5' }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] } })], undefined],
])('a pod that uses %s', (_name, object, quotas, expected) => {
  const attributes = { operation: 'CREATE', group: '', resource: 'pods', name: 'p', object } as unknown as AdmissionAttributes; // what is looked at
  const judge = (): void => { requireCover(readLimitedResources(configuration), quotas, { attributes, evaluator: podEvaluator, now: 0 }); };
  if (expected === undefined) expect(judge).not.toThrow();
  else expect(judge).toThrow(expected);
});

test('a limited resource has to be named', () => {
  expect(() => readLimitedResources(JSON.stringify({ kind: 'Configuration', apiVersion: 'resourcequota.admission.k8s.io/v1beta1', limitedResources: [{}] }))).toThrow('limitedResources[0].resource: Required value');
});

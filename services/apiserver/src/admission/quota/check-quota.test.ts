import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { quotaEvaluators, type Evaluator } from '@kubernode/quota';
import type { AdmissionAttributes } from '../admission.ts';
import { chargeQuota, type ResourceQuota } from './check-quota.ts';

const evaluators = quotaEvaluators({ deviceClasses: () => [], pod: () => undefined, deviceClaims: () => [] });
const [podEvaluator, serviceEvaluator, claimEvaluator] = [evaluators.of({ group: '', resource: 'pods' }), evaluators.of({ group: '', resource: 'services' }), evaluators.of({ group: '', resource: 'persistentvolumeclaims' })];
const now = Date.parse('2026-01-01T00:00:00Z');
const quota = (hard: Record<string, string>, used?: Record<string, string>, spec: coreV1.ResourceQuotaSpec = {}): ResourceQuota => ({
  kind: 'ResourceQuota', apiVersion: 'v1', metadata: { name: 'q' }, spec, status: { hard, used: used ?? Object.fromEntries(Object.keys(hard).map((name) => [name, '0'])) },
});
const object = (spec: object, more: object = {}): KubeObject => ({ kind: 'X', apiVersion: 'v1', metadata: { name: 'x' }, spec, ...more });
const pod = (requests: Record<string, string> = {}, more: object = {}): KubeObject => object({ containers: [{ name: 'c', resources: { requests } }], ...more });
const charge = (of: ResourceQuota, evaluator: Evaluator, resource: string, written: KubeObject, oldObject?: KubeObject): unknown => {
  const attributes = { operation: oldObject === undefined ? 'CREATE' : 'UPDATE', group: '', resource, name: 'x', object: written, oldObject } as unknown as AdmissionAttributes; // what a charge looks at
  try { return chargeQuota(of, { attributes, evaluator, now }); } catch (error) { return (error as Error).message; } // StatusErrors are errors
};

describe('chargeQuota', () => {
  it.each<[string, ResourceQuota, Evaluator, string, KubeObject, unknown]>([
    ['adds to what is used', quota({ pods: '3', 'requests.cpu': '1' }, { pods: '1', 'requests.cpu': '500m' }), podEvaluator, 'pods', pod({ cpu: '0.25' }), { pods: '2', 'requests.cpu': '750m' }],
    ['has nothing to do with others', quota({ pods: '3' }), evaluators.of({ group: '', resource: 'configmaps' }), 'configmaps', object({}), undefined],
    ['refuses too much', quota({ pods: '1' }, { pods: '1' }), podEvaluator, 'pods', pod(), 'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'],
    ['wants to know', quota({ cpu: '1', 'limits.memory': '1Gi' }), podEvaluator, 'pods', pod({ cpu: '1' }), 'pods "x" is forbidden: failed quota: q: must specify limits.memory for: c'],
    ['has to be counted first', quota({ pods: '1' }, {}), podEvaluator, 'pods', pod(), 'pods "x" is forbidden: status unknown for quota: q, resources: pods'],
    ['counts extended resources', quota({ 'requests.example.com/gpu': '2' }), podEvaluator, 'pods', pod({ 'example.com/gpu': '2' }), { 'requests.example.com/gpu': '2' }],
    ['counts ended pods only as objects', quota({ pods: '1', 'count/pods': '2' }, { pods: '1', 'count/pods': '1' }), podEvaluator, 'pods', { ...pod(), status: { phase: 'Succeeded' } }, { pods: '1', 'count/pods': '2' }],
    ['counts any kind', quota({ 'count/widgets.example.com': '1' }), evaluators.of({ group: 'example.com', resource: 'widgets' }), 'widgets', object({}), { 'count/widgets.example.com': '1' }],
    ['counts ports on nodes', quota({ 'services.nodeports': '3', 'services.loadbalancers': '1' }), serviceEvaluator, 'services', object({ type: 'LoadBalancer', ports: [{ port: 1 }, { port: 2 }] }), { 'services.nodeports': '2', 'services.loadbalancers': '1' }],
    ['counts storage by class', quota({ 'requests.storage': '5Gi', 'fast.storageclass.storage.k8s.io/requests.storage': '1Gi' }), claimEvaluator, 'persistentvolumeclaims', object({ storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } }),
      'persistentvolumeclaims "x" is forbidden: exceeded quota: q, requested: fast.storageclass.storage.k8s.io/requests.storage=2Gi, used: fast.storageclass.storage.k8s.io/requests.storage=0, limited: fast.storageclass.storage.k8s.io/requests.storage=1Gi'],
  ])('%s', (_name, of, evaluator, resource, written, expected) => { expect(charge(of, evaluator, resource, written)).toEqual(expected); });

  it.each<[string, coreV1.ResourceQuotaSpec, object, boolean]>([
    ['BestEffort', { scopes: ['BestEffort'] }, {}, true], ['NotBestEffort', { scopes: ['NotBestEffort'] }, {}, false],
    ['Terminating', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, true], ['NotTerminating', { scopes: ['NotTerminating'] }, { activeDeadlineSeconds: 5 }, false],
    ['a class of priority', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, { priorityClassName: 'high' }, true],
    ['another class', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, { priorityClassName: 'low' }, false],
    ['no class', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'NotIn', values: ['high'] }] } }, {}, true],
    ['affinity across namespaces', { scopes: ['CrossNamespacePodAffinity'] }, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k', namespaces: ['o'] }] } } }, true],
  ])('in scope %s', (_name, spec, of, matches) => { expect(charge(quota({ pods: '1' }, undefined, spec), podEvaluator, 'pods', pod({}, of)) !== undefined).toBe(matches); });

  it('charges an update with what it adds', () => {
    const [cluster, nodes] = [object({ type: 'ClusterIP', ports: [{ port: 1 }] }), object({ type: 'NodePort', ports: [{ port: 1 }] })];
    const of = quota({ services: '1', 'services.nodeports': '1' }, { services: '1', 'services.nodeports': '0' });
    expect([charge(of, serviceEvaluator, 'services', nodes, cluster), charge(of, serviceEvaluator, 'services', cluster, nodes)]).toEqual([{ services: '1', 'services.nodeports': '1' }, undefined]);
  });
});

import type { JsonObject } from '@kubernode/apimachinery';
import { hookOutcome, readiness, type Readiness } from './readiness.ts';

const object = (type: string, spec: JsonObject, status: JsonObject, metadata: JsonObject = {}): JsonObject => {
  const slash = type.lastIndexOf('/');
  return { apiVersion: type.slice(0, slash), kind: type.slice(slash + 1), metadata: { name: 'x', uid: 'u', generation: 2, ...metadata }, spec, status };
};
const ready = (status = 'True'): JsonObject => ({ conditions: [{ type: 'Ready', status }] });
const rolling = (more: JsonObject = {}): JsonObject => ({ replicas: 4, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } }, selector: {}, ...more });
const revision = { annotations: { 'deployment.kubernetes.io/revision': '3' } };
const replicaSet = (readyReplicas: number, number = '3'): JsonObject => object('apps/v1/ReplicaSet', {}, { observedGeneration: 2, readyReplicas }, { annotations: { 'deployment.kubernetes.io/revision': number }, ownerReferences: [{ uid: 'u', controller: true }] });
const seen = { observedGeneration: 2 };
const ordered = (more: JsonObject = {}): JsonObject => ({ replicas: 3, updateStrategy: { type: 'RollingUpdate', ...more } });
const every = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } };

describe('readiness', () => {
  test.each<[string, JsonObject, readonly JsonObject[], Readiness['state']]>([
    ['a pod that is ready', object('v1/Pod', {}, ready()), [], 'ready'],
    ['a pod that is not', object('v1/Pod', {}, ready('False')), [], 'waiting'],
    ['a claim that is bound', object('v1/PersistentVolumeClaim', {}, { phase: 'Bound' }), [], 'ready'],
    ['a claim that is not', object('v1/PersistentVolumeClaim', {}, { phase: 'Pending' }), [], 'waiting'],
    ['a service', object('v1/Service', { clusterIP: '10.0.0.1' }, {}), [], 'ready'],
    ['a headless service', object('v1/Service', { clusterIP: 'None' }, {}), [], 'ready'],
    ['a service without address', object('v1/Service', {}, {}), [], 'waiting'],
    ['a name outside', object('v1/Service', { type: 'ExternalName' }, {}), [], 'ready'],
    ['a load balancer without address', object('v1/Service', { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, {}), [], 'waiting'],
    ['a load balancer with one', object('v1/Service', { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } }), [], 'ready'],
    ['a Deployment but for those that may be missing', object('apps/v1/Deployment', rolling(), seen, revision), [replicaSet(9, '2'), replicaSet(3)], 'ready'],
    ['a Deployment whose new pods are too few', object('apps/v1/Deployment', rolling(), seen, revision), [replicaSet(9, '2'), replicaSet(2)], 'waiting'],
    ['a Deployment without new ReplicaSet', object('apps/v1/Deployment', rolling(), seen, revision), [replicaSet(9, '2')], 'waiting'],
    ['a Deployment that is not yet seen', object('apps/v1/Deployment', rolling(), { observedGeneration: 1 }, revision), [replicaSet(4)], 'waiting'],
    ['a Deployment that is paused', object('apps/v1/Deployment', rolling({ paused: true }), {}), [], 'ready'],
    ['a Deployment that recreates', object('apps/v1/Deployment', { replicas: 1, strategy: { type: 'Recreate' } }, seen, revision), [replicaSet(0)], 'waiting'],
    ['a ReplicaSet whose pods are ready', object('apps/v1/ReplicaSet', {}, seen), [object('v1/Pod', {}, ready())], 'ready'],
    ['a ReplicaSet with one that is not', object('apps/v1/ReplicaSet', {}, seen), [object('v1/Pod', {}, ready()), object('v1/Pod', {}, {})], 'waiting'],
    ['a StatefulSet', object('apps/v1/StatefulSet', ordered(), { ...seen, updatedReplicas: 3, readyReplicas: 3, currentRevision: 'b', updateRevision: 'b' }), [], 'ready'],
    ['a StatefulSet between revisions', object('apps/v1/StatefulSet', ordered(), { ...seen, updatedReplicas: 3, readyReplicas: 3, currentRevision: 'a', updateRevision: 'b' }), [], 'waiting'],
    ['a StatefulSet that lacks a pod', object('apps/v1/StatefulSet', ordered(), { ...seen, updatedReplicas: 3, readyReplicas: 2, currentRevision: 'b', updateRevision: 'b' }), [], 'waiting'],
    ['a StatefulSet updated in part', object('apps/v1/StatefulSet', ordered({ rollingUpdate: { partition: 2 } }), { ...seen, updatedReplicas: 1, readyReplicas: 3, currentRevision: 'a', updateRevision: 'b' }), [], 'ready'],
    ['a StatefulSet that is updated by hand', object('apps/v1/StatefulSet', { updateStrategy: { type: 'OnDelete' } }, seen), [], 'ready'],
    ['a DaemonSet but for one node', object('apps/v1/DaemonSet', every, { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 2 }), [], 'ready'],
    ['a DaemonSet that is still updated', object('apps/v1/DaemonSet', every, { ...seen, desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberReady: 3 }), [], 'waiting'],
    ['a Job that is complete', object('batch/v1/Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), [], 'ready'],
    ['a Job that runs', object('batch/v1/Job', { completions: 2 }, { succeeded: 1 }), [], 'waiting'],
    ['a Job that failed too often', object('batch/v1/Job', { backoffLimit: 1 }, { failed: 2 }), [], 'failed'],
    ['a definition that is served', object('apiextensions.k8s.io/v1/CustomResourceDefinition', {}, { conditions: [{ type: 'Established', status: 'True' }] }), [], 'ready'],
    ['a definition that is not', object('apiextensions.k8s.io/v1/CustomResourceDefinition', {}, {}), [], 'waiting'],
    ['any other kind', object('v1/ConfigMap', {}, {}), [], 'ready'],
  ])('of %s', (_, one, related, state) => { expect(readiness({ object: one, related, jobs: true }).state).toBe(state); });

  test('waits for no Job unless asked', () => { expect(readiness({ object: object('batch/v1/Job', {}, {}), related: [], jobs: false })).toEqual({ state: 'ready' }); });
});

describe('hookOutcome', () => {
  test.each<[string, JsonObject, Readiness]>([
    ['a Job that failed', object('batch/v1/Job', {}, { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] }), { state: 'failed', why: 'job x failed: BackoffLimitExceeded' }],
    ['a Job that is complete', object('batch/v1/Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), { state: 'ready' }],
    ['a Pod that succeeded', object('v1/Pod', {}, { phase: 'Succeeded' }), { state: 'ready' }],
    ['a Pod that failed', object('v1/Pod', {}, { phase: 'Failed' }), { state: 'failed', why: 'pod x failed' }],
    ['a Pod that runs', object('v1/Pod', {}, { phase: 'Running' }), { state: 'waiting', why: 'Pod x is running' }],
    ['anything else', object('v1/Secret', {}, {}), { state: 'ready' }],
  ])('of %s', (_, one, want) => { expect(hookOutcome(one)).toEqual(want); });
});

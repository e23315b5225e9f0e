import type { coreV1 } from '@kubernode/api';
import { StatusError } from '@kubernode/apimachinery';
import { reconcile } from './ephemeral-volumes.ts';

const template = { metadata: { name: '', labels: { l: 'x' }, annotations: { a: 'y' } }, spec: { accessModes: ['ReadWriteOnce'] } };

function pod(meta: object = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', ...meta }, spec: { containers: [], volumes: [{ name: 'other' }, { name: 'a', ephemeral: { volumeClaimTemplate: template } }, { name: 'b', ephemeral: { volumeClaimTemplate: template } }] } };
}

function claim(name: string, owner: string): coreV1.PersistentVolumeClaim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: owner, controller: true }] } };
}

const view = (one: coreV1.Pod, claims: coreV1.PersistentVolumeClaim[]): unknown[] => reconcile({ pod: one, claimOf: (name) => claims.find(({ metadata }) => metadata.name === name) }).actions
  .map((action) => (action.do === 'create' ? (action.object as coreV1.PersistentVolumeClaim).metadata.name : action.do === 'event' ? `${action.reason}: ${action.message}` : action)); // creates claims alone

test('a pod gets a claim for each ephemeral volume, as its template says and its own', () => {
  const [action] = reconcile({ pod: pod(), claimOf: () => undefined }).actions;
  expect(action).toMatchObject({ do: 'create', object: {
    metadata: { name: 'p-a', namespace: 'ns', labels: { l: 'x' }, annotations: { a: 'y' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true, blockOwnerDeletion: true }] },
    spec: { accessModes: ['ReadWriteOnce'] },
  } });
});

test.each<[string, unknown[], coreV1.Pod, coreV1.PersistentVolumeClaim[]]>([
  ['those it lacks', ['p-a', 'p-b'], pod(), []],
  ['not those it has', ['p-b'], pod(), [claim('p-a', 'u')]],
  ['none behind one of another', ['FailedBinding: ephemeral volume a: PVC ns/p-a was not created for pod ns/p (pod is not owner)'], pod(), [claim('p-a', 'x')]],
  ['none once it is to go', [], pod({ deletionTimestamp: '2026-01-01T00:00:00Z' }), []],
])('%s: %j', (_title, expected, one, claims) => {
  expect(view(one, claims)).toEqual(expected);
});

test('a claim that cannot be made is told of', () => {
  const [action] = reconcile({ pod: pod(), claimOf: () => undefined }).actions;
  const outcome = action?.do === 'create' ? action.otherwise?.(new StatusError({ code: 403, reason: 'Forbidden', message: 'quota' })) : undefined;
  expect(outcome?.actions).toMatchObject([{ do: 'event', type: 'Warning', reason: 'FailedBinding', message: 'ephemeral volume a: create PVC p-a: quota' }]);
});

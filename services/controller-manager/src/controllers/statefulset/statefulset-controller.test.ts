import { alreadyExists, forbidden, type OwnerReference, type StatusError } from '@kubernode/apimachinery';
import { coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import type { Revision } from '../history/controller-revisions.ts';
import { reconcile } from './statefulset-controller.ts';

const NOW_MS = Date.parse('2026-01-02T00:00:00Z');
const template = (image: string): coreV1.PodTemplateSpec => ({ metadata: { labels: { app: 's' } }, spec: { containers: [{ name: 'main', image }] } } as unknown as coreV1.PodTemplateSpec); // a template's metadata has no name
const CLAIMS: Partial<appsV1.StatefulSetSpec> = { volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }] };
const TO_DELETE: Partial<appsV1.StatefulSetSpec> = { ...CLAIMS, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' } };

function set(spec: Partial<appsV1.StatefulSetSpec> = {}, status: Partial<appsV1.StatefulSetStatus> = {}): appsV1.StatefulSet {
  return {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', namespace: 'ns', uid: 'set', generation: 1 },
    spec: { replicas: 3, selector: { matchLabels: { app: 's' } }, template: template('new'), updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, podManagementPolicy: 'OrderedReady', ...spec },
    status: { replicas: 0, currentRevision: 's-old', ...status },
  };
}

const OWNER: OwnerReference = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'set', controller: true };

function revision(name: string, number: number, image: string): Revision {
  return { apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: number, metadata: { name, namespace: 'ns', labels: { app: 's' }, ownerReferences: [OWNER] }, data: { spec: { template: { ...template(image), $patch: 'replace' } } } };
}
const REVISIONS = [revision('s-old', 1, 'old'), revision('s-new', 2, 'new')];

interface GivenPod { /** Seconds ago. */ ready?: number; revision?: string; phase?: string; going?: boolean; name?: string; labels?: Record<string, string>; orphan?: boolean; claims?: boolean }

function pod(ordinal: number, { ready = 60, revision: of = 's-new', phase = 'Running', going = false, name = `s-${ordinal}`, labels, orphan = false, claims = false }: GivenPod = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'ns', uid: `uid-${name}`, labels: labels ?? { app: 's', 'controller-revision-hash': of, 'statefulset.kubernetes.io/pod-name': name },
      ...(going && { deletionTimestamp: '2026-01-01T00:00:00Z' }), ownerReferences: orphan ? [] : [OWNER],
    },
    spec: { containers: [], ...(claims && { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-${name}` } }] }) },
    status: { phase, conditions: phase !== 'Running' ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(NOW_MS - ready * 1000).toISOString() }] },
  };
}

const unready = (ordinal: number, given: GivenPod = {}): coreV1.Pod => { const one = pod(ordinal, given); return { ...one, status: { phase: 'Running', conditions: [] } }; };
const old = (ordinal: number): coreV1.Pod => pod(ordinal, { revision: 's-old' });

function claimOf(name: string, { going = false, owners = [] }: { going?: boolean; owners?: OwnerReference[] } = {}): coreV1.PersistentVolumeClaim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', ownerReferences: owners, ...(going && { deletionTimestamp: '2026-01-01T00:00:00Z' }) } };
}

interface Given { claims?: coreV1.PersistentVolumeClaim[]; revisions?: readonly Revision[]; refusal?: StatusError }

function actionsOf(one: appsV1.StatefulSet, pods: coreV1.Pod[], { claims = [], revisions = REVISIONS }: Given = {}): readonly Action[] {
  return reconcile({ set: one, candidates: pods, revisions, claimNamed: (name) => claims.find(({ metadata }) => metadata.name === name) }, NOW_MS).actions;
}

function flat(action: Action): Action[] { return 'actions' in action ? action.actions.flatMap(flat) : [action]; }

/** `+` made, `-` deleted, `~` patched, `*` updated, else the reason and message of an event. The set's own status is left out. */
function plan(one: appsV1.StatefulSet, pods: coreV1.Pod[], given: Given = {}): string[] {
  const named = (action: Action): string[] => {
    if (action.do === 'create') return [`+${(action.object as { metadata: { name: string } }).metadata.name}`, ...(given.refusal === undefined ? [] : action.otherwise?.(given.refusal)?.actions?.flatMap(named) ?? [])]; // all of them have names
    if (action.do === 'update') return action.subresource === 'status' ? [] : [`*${action.object.metadata.name}`];
    if (action.do === 'event') return [`${action.reason}: ${action.message}`];
    return action.do === 'delete' ? [`-${action.target.name}`] : action.do === 'patch' ? [`~${action.target.name}`] : [];
  };
  return actionsOf(one, pods, given).flatMap(flat).flatMap(named);
}

const PARALLEL: Partial<appsV1.StatefulSetSpec> = { podManagementPolicy: 'Parallel' };

test.each<[string, appsV1.StatefulSet, coreV1.Pod[], string[]]>([
  ['begins with the first', set(), [], ['+s-0']],
  ['goes on when it is ready', set(), [pod(0)], ['+s-1']],
  ['waits while it is not', set(), [unready(0)], []],
  ['waits while it is not so for long enough', set({ minReadySeconds: 100 }), [pod(0)], []],
  ['waits while it is going', set(), [pod(0, { going: true }), pod(1)], []],
  ['fills a gap before all else', set(), [pod(0), pod(2)], ['+s-1']],
  ['makes all at once when told', set(PARALLEL), [unready(1)], ['+s-0', '+s-2']],
  ['counts from its first ordinal', set({ ordinals: { start: 5 } }), [], ['+s-5']],
  ['makes claims first', set(CLAIMS), [], ['+data-s-0', '+s-0']],
  ['makes an ended pod anew', set(), [pod(0, { phase: 'Failed' }), pod(1)], ['-s-0']],
  ['makes a pod anew that ended well', set(PARALLEL), [pod(0, { phase: 'Succeeded' }), pod(1), pod(2)], ['-s-0']],
  ['waits for an ended pod to be gone', set(), [pod(0, { phase: 'Failed', going: true })], []],
  ['shrinks from the top', set({ replicas: 1 }), [pod(0), pod(1), pod(2)], ['-s-2']],
  ['shrinks one after the other', set({ replicas: 1 }), [pod(0), pod(1), pod(2, { going: true })], []],
  ['shrinks all at once when told', set({ ...PARALLEL, replicas: 0 }), [pod(0), unready(1), pod(2, { going: true })], ['-s-1', '-s-0']],
  ['does not shrink while a pod that stays is unready', set({ replicas: 2 }), [pod(0), unready(1), pod(2)], []],
  ['does not shrink past an unready pod', set({ replicas: 0 }), [pod(0), unready(1), unready(2)], []],
  ['shrinks the one unready pod', set({ replicas: 0 }), [pod(0), pod(1), unready(2)], ['-s-2']],
  ['shrinks what is below its first ordinal', set({ replicas: 2, ordinals: { start: 1 } }), [pod(0), pod(1), pod(2)], ['-s-0']],
  ['updates from the top', set(), [old(0), old(1), old(2)], ['-s-2']],
  ['updates the next when it is through', set(), [old(0), old(1), pod(2)], ['-s-1']],
  ['waits for it to be so for long enough', set({ minReadySeconds: 100 }), [pod(0, { ready: 200, revision: 's-old' }), pod(1, { ready: 200, revision: 's-old' }), pod(2)], []],
  ['updates a broken pod of an old template, in parallel', set(PARALLEL), [old(0), old(1), unready(2, { revision: 's-old' })], ['-s-2']],
  ['waits for a broken pod of the new template', set(PARALLEL), [old(0), old(1), unready(2)], []],
  ['in order, a broken pod stops all', set(), [old(0), old(1), unready(2, { revision: 's-old' })], []],
  ['updates down to the partition', set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }), [old(0), old(1), pod(2)], []],
  ['updates nothing by itself on delete', set({ updateStrategy: { type: 'OnDelete' } }), [old(0), old(1), old(2)], []],
  ['adopts pods with its names, and lets go of others', set(), [pod(0, { orphan: true }), pod(1, { name: 'x-1' }), pod(7, { name: 's-b', orphan: true })], ['~s-0', '~x-1', '+s-1']],
  ['gives a pod its labels back', set(), [pod(0, { labels: { app: 's', 'controller-revision-hash': 's-new' } }), pod(1), pod(2)], ['*s-0']],
])('a StatefulSet %s', (_name, one, pods, want) => { expect(plan(one, pods)).toEqual(want); });

test.each<[string, appsV1.StatefulSet, coreV1.Pod[], Given, string[]]>([
  ['a claim on its way out', set(CLAIMS), [], { claims: [claimOf('data-s-0', { going: true })] }, ['FailedCreate: Create Pod s-0 in StatefulSet s failed error: pvc data-s-0 is being deleted']],
  ['a claim that goes with an earlier pod', set(TO_DELETE), [], { claims: [claimOf('data-s-0', { owners: [{ apiVersion: 'v1', kind: 'Pod', name: 's-0', uid: 'earlier' }] })] }, []],
  ['a refused claim', set(CLAIMS), [], { refusal: forbidden(coreV1Resources.persistentvolumeclaims, 'data-s-0', 'no') }, [
    '+data-s-0', 'FailedCreate: Create Claim data-s-0 for Pod s-0 in StatefulSet s failed error: persistentvolumeclaims "data-s-0" is forbidden: no',
    'FailedCreate: Create Pod s-0 in StatefulSet s failed error: failed to create PVC data-s-0: persistentvolumeclaims "data-s-0" is forbidden: no',
    '+s-0', 'FailedCreate: Create Pod s-0 in StatefulSet s failed error: persistentvolumeclaims "data-s-0" is forbidden: no',
  ]],
  ['a name that is taken', set(), [], { refusal: alreadyExists(coreV1Resources.pods, 's-0') }, ['+s-0']],
  ['a claim that a pending pod lost', set(CLAIMS), [pod(0, { phase: 'Pending', claims: true })], {}, ['+data-s-0']],
  ['the owner of a pending pod\'s claim', set(TO_DELETE), [pod(0, { phase: 'Pending', claims: true })], { claims: [claimOf('data-s-0')] }, ['*data-s-0']],
  ['the owner of a running pod\'s claim', set({ ...TO_DELETE, replicas: 1 }), [pod(0, { claims: true })], { claims: [claimOf('data-s-0')] }, ['*data-s-0', '*s-0']],
  ['the owner of a condemned pod\'s claim', set({ ...TO_DELETE, replicas: 0 }), [pod(0, { claims: true })], { claims: [claimOf('data-s-0')] }, ['*data-s-0', '-s-0']],
  ['a claim that something else manages', set({ ...TO_DELETE, replicas: 1 }), [pod(0, { phase: 'Pending', claims: true })], { claims: [claimOf('data-s-0', { owners: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'c', controller: true }] })] },
    ['ConflictingController: PersistentVolumeClaim data-s-0 has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim']],
  ['a pod without its volumes', set({ ...CLAIMS, replicas: 1 }), [pod(0)], {}, ['+data-s-0', '*s-0']],
])('heeds %s', (_name, one, pods, given, want) => { expect(plan(one, pods, given)).toEqual(want); });

test('a pod has its identity, its revision and its claims', () => {
  const [created] = actionsOf(set({ serviceName: 'svc', ...CLAIMS, replicas: 1, ordinals: { start: 4 } }), [], { claims: [claimOf('data-s-4')] }).flatMap(flat).filter((action) => action.do === 'create');
  expect(created?.object).toMatchObject({
    metadata: { name: 's-4', generateName: 's-', labels: { app: 's', 'controller-revision-hash': 's-new', 'statefulset.kubernetes.io/pod-name': 's-4', 'apps.kubernetes.io/pod-index': '4' } },
    spec: { hostname: 's-4', subdomain: 'svc', volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-s-4' } }] },
  });
});

test.each<[string, appsV1.StatefulSetUpdateStrategy, number, string]>([
  ['below the partition as it was', { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }, 1, 'old'],
  ['from the partition on new', { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }, 1, 'new'],
  ['on delete new', { type: 'OnDelete' }, 0, 'new'],
])('a pod comes back %s', (_name, updateStrategy, missing, want) => {
  const pods = [0, 1, 2].filter((ordinal) => ordinal !== missing).map(old);
  const created = actionsOf(set({ updateStrategy }), pods).flatMap(flat).flatMap((action) => (action.do === 'create' ? [action.object as coreV1.Pod] : [])); // only pods are made
  expect(created.map(({ spec }) => spec?.containers[0]?.image)).toEqual([want]);
});

test.each<[string, appsV1.StatefulSet, coreV1.Pod[], Partial<appsV1.StatefulSetStatus> | undefined]>([
  ['in the middle of an update', set(), [old(0), pod(1, { going: true }), pod(2)], { observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 1, updatedReplicas: 1, currentRevision: 's-old', updateRevision: 's-new', collisionCount: 0 }],
  ['as it begins', set(), [old(0), old(1), old(2)], { observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 2, currentRevision: 's-old', updateRevision: 's-new', collisionCount: 0 }], // the one that goes is no more counted
  ['when it is through', set(), [pod(0), pod(1), pod(2)], { observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3, currentReplicas: 3, updatedReplicas: 3, currentRevision: 's-new', updateRevision: 's-new', collisionCount: 0 }],
  ['of one that updates on delete', set({ updateStrategy: { type: 'OnDelete' } }), [pod(0), pod(1), pod(2)], { observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, currentRevision: 's-old', updateRevision: 's-new', collisionCount: 0 }],
  ['when nothing is news', set({ replicas: 0 }, { observedGeneration: 1, replicas: 0, availableReplicas: 0, currentRevision: 's-new', updateRevision: 's-new', collisionCount: 5 }), [], undefined],
])('the status %s', (_name, one, pods, want) => {
  expect(actionsOf(one, pods).flatMap((action) => (action.do === 'update' && action.subresource === 'status' ? [action.object.status] : []))[0]).toEqual(want);
});

test('the status is told even where a step is refused', () => {
  const group = actionsOf(set(), []).find((action) => action.do === 'in-order');
  expect(group?.failed?.(alreadyExists(coreV1Resources.pods, 's-0'), 0).map((action) => action.do === 'update' && action.subresource)).toEqual(['status']);
});

test('a set that is being deleted is counted and nothing else', () => {
  const one = set();
  const actions = actionsOf({ ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, [old(0)], { revisions: [] });
  expect(actions.map((action) => action.do === 'update' && action.subresource)).toEqual(['status']);
});

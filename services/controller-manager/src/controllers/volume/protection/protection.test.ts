import type { coreV1, storageV1 } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import { classesOfClaim, reconcile as protectClass } from './attributes-class-protection.ts';
import { claimProtection, reconcile as protectClaim, type ClaimUse } from './claim-protection.ts';
import { reconcile as protectVolume } from './volume-protection.ts';

type Claim = coreV1.PersistentVolumeClaim;
type Finalizers = { finalizers: string[]; deleted?: boolean };

const OURS = 'kubernetes.io/pvc-protection';
const GOES = { deletionTimestamp: '2026-01-01T00:00:00Z' };

function claim({ finalizers, deleted = false }: Finalizers, owner?: string): Claim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'p-data', namespace: 'ns', uid: 'u1', finalizers, ...(deleted && GOES), ...(owner !== undefined && { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: owner, controller: true }] }) } };
}

function pod(volume: Partial<coreV1.Volume>, { nodeName = 'n', phase = 'Running', meta = {} }: { nodeName?: string; phase?: string; meta?: object } = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'pod', ...meta }, spec: { containers: [], nodeName, volumes: [{ name: 'data', ...volume }] }, status: { phase } };
}

const byName = { persistentVolumeClaim: { claimName: 'p-data' } };
/** The finalizers that the plan leaves; undefined when it does nothing. */
const left = ({ actions: [action] }: ReturnType<typeof protectClaim>): unknown => (action?.do === 'update' ? action.object.metadata.finalizers : undefined);

test.each<[string, unknown, Claim, coreV1.Pod[]]>([
  ['stays without a finalizer', [OURS], claim({ finalizers: [] }), []],
  ['stays', undefined, claim({ finalizers: [OURS] }), []],
  ['goes unused', ['x'], claim({ finalizers: ['x', OURS], deleted: true }), []],
  ['goes, and is not ours to free', undefined, claim({ finalizers: ['x'], deleted: true }), []],
  ['goes while a pod uses it', undefined, claim({ finalizers: [OURS], deleted: true }), [pod(byName)]],
  ['goes while a pod that ended has it', undefined, claim({ finalizers: [OURS], deleted: true }), [pod(byName, { phase: 'Succeeded' })]],
  ['goes while a pod waits for a node', [], claim({ finalizers: [OURS], deleted: true }), [pod(byName, { nodeName: '' })]],
  ['goes while a pod uses another', [], claim({ finalizers: [OURS], deleted: true }), [pod({ persistentVolumeClaim: { claimName: 'x' } })]],
  ['goes while its pod uses it', undefined, claim({ finalizers: [OURS], deleted: true }, 'pod'), [pod({ ephemeral: {} })]],
  ['goes while a pod of another owner has a volume of the name', [], claim({ finalizers: [OURS], deleted: true }, 'other'), [pod({ ephemeral: {} })]],
  ['goes once its pod\'s node is done', [], claim({ finalizers: [OURS], deleted: true }, 'pod'), [pod({ ephemeral: {} }, { meta: { ...GOES, deletionGracePeriodSeconds: 0 } })]],
  ['goes while its pod ends', undefined, claim({ finalizers: [OURS], deleted: true }, 'pod'), [pod({ ephemeral: {} }, { meta: { ...GOES, deletionGracePeriodSeconds: 30 } })]],
  ['goes while a pod that is done names it', undefined, claim({ finalizers: [OURS], deleted: true }), [pod(byName, { meta: { ...GOES, deletionGracePeriodSeconds: 0 } })]],
])('a claim that %s: %j', (_title, expected, one, pods) => {
  expect(left(protectClaim({ claim: one, pods }))).toEqual(expected);
});

test('the server is asked for pods before a claim is let go', async () => {
  const use: ClaimUse = { claim: claim({ finalizers: [OURS], deleted: true }), pods: [] };
  const asked = await claimProtection.ask?.(use, { client: createFakeClient([pod(byName)]), signal: new AbortController().signal }) as ClaimUse; // a claim's use
  expect([asked.pods.length, left(protectClaim(asked))]).toEqual([1, undefined]);
});

test.each<[string, unknown, Finalizers, string]>([
  ['stays', ['kubernetes.io/pv-protection'], { finalizers: [] }, 'Available'],
  ['goes', [], { finalizers: ['kubernetes.io/pv-protection'], deleted: true }, 'Released'],
  ['goes while bound', undefined, { finalizers: ['kubernetes.io/pv-protection'], deleted: true }, 'Bound'],
])('a volume that %s: %j', (_title, expected, { finalizers, deleted = false }, phase) => {
  expect(left(protectVolume({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', finalizers, ...(deleted && GOES) }, status: { phase } }))).toEqual(expected);
});

test.each<[string, unknown, Finalizers, boolean]>([
  ['stays', ['kubernetes.io/vac-protection'], { finalizers: [] }, false],
  ['goes', [], { finalizers: ['kubernetes.io/vac-protection'], deleted: true }, false],
  ['goes while used', undefined, { finalizers: ['kubernetes.io/vac-protection'], deleted: true }, true],
])('an attributes class that %s: %j', (_title, expected, { finalizers, deleted = false }, used) => {
  const attributesClass: storageV1.VolumeAttributesClass = { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', metadata: { name: 'gold', finalizers, ...(deleted && GOES) }, driverName: 'd' };
  expect(left(protectClass({ attributesClass, used }))).toEqual(expected);
});

test('a claim uses the class it wants, the one it has and the one it is on the way to', () => {
  expect(classesOfClaim({ ...claim({ finalizers: [] }), spec: { volumeAttributesClassName: 'a' }, status: { currentVolumeAttributesClassName: 'b', modifyVolumeStatus: { status: 'InProgress', targetVolumeAttributesClassName: 'c' } } })).toEqual(['a', 'b', 'c']);
});

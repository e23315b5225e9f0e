import type { coreV1 } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import { volumeSpec } from './claimed-volume.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'pod' }, spec: { containers: [{ name: 'c', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] } } as coreV1.Pod;
const named: coreV1.Volume = { name: 'data', persistentVolumeClaim: { claimName: 'c' } };

function claim(parts: { name?: string; phase?: string; volumeName?: string; owner?: string; deleted?: string[] } = {}): object {
  const { name = 'c', phase = 'Bound', volumeName = 'v', owner, deleted } = parts;
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', uid: 'u1', ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: deleted }), ...(owner !== undefined && { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: owner, controller: true }] }) },
    spec: { volumeName }, status: { phase },
  };
}

function volume(claimRef?: object, volumeMode = 'Filesystem'): object { return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { ...(claimRef && { claimRef }), volumeMode, hostPath: { path: '/d' } } }; }

test.each<[string, string, coreV1.Volume, object[]]>([
  ['a claim', '/d', named, [claim(), volume({ uid: 'u1' })]],
  ['its own claim', '/d', { name: 'data', ephemeral: {} }, [claim({ name: 'p-data', owner: 'pod' }), volume({ uid: 'u1' })]],
  ['another\'s claim', 'PVC ns/p-data was not created for pod ns/p (pod is not owner)', { name: 'data', ephemeral: {} }, [claim({ name: 'p-data', owner: 'other' })]],
  ['no claim', 'error processing PVC ns/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found', named, []],
  ['an unbound claim', 'error processing PVC ns/c: PVC is not bound', named, [claim({ phase: 'Pending' })]],
  ['a claim without a volume', 'error processing PVC ns/c: PVC has empty pvc.Spec.VolumeName', named, [claim({ volumeName: '' })]],
  ['a claim that is deleted', 'error processing PVC ns/c: PVC is being deleted', named, [claim({ deleted: [] }), volume({ uid: 'u1' })]],
  ['a claim that is deleted once nobody uses it', '/d', named, [claim({ deleted: ['kubernetes.io/pvc-protection'] }), volume({ uid: 'u1' })]],
  ['no volume', 'error processing PVC ns/c: failed to fetch PV v from API server: persistentvolumes "v" not found', named, [claim()]],
  ['a volume that is not tied yet', 'error processing PVC ns/c: found PV object v but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim', named, [claim(), volume()]],
  ['another\'s volume', 'error processing PVC ns/c: found PV object v but its pv.Spec.ClaimRef.UID u2 does not point to claim.UID u1', named, [claim(), volume({ uid: 'u2' })]],
  ['a raw device as files', 'volume data has volumeMode Block, but is specified in volumeMounts', named, [claim(), volume({ uid: 'u1' }, 'Block')]],
])('volumeSpec finds what stands behind %s', async (_title, expected, one, objects) => {
  const found = volumeSpec(pod, one, createFakeClient(objects)).then(({ persistent }) => persistent?.spec?.hostPath?.path, (error: Error) => error.message);
  expect(await found).toBe(expected);
});

import type { coreV1 } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import { claimedVolume } from './claimed-volume.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'pod' } } as coreV1.Pod;
const named: coreV1.Volume = { name: 'data', persistentVolumeClaim: { claimName: 'c' } };

function claim(parts: { name?: string; phase?: string; volumeName?: string; owner?: string } = {}): object {
  const { name = 'c', phase = 'Bound', volumeName = 'v', owner } = parts;
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', uid: 'u1', ...(owner !== undefined && { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: owner, controller: true }] }) },
    spec: { volumeName }, status: { phase },
  };
}

function volume(claimRef?: object): object { return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { ...(claimRef && { claimRef }), hostPath: { path: '/d' } } }; }

test.each<[string, string, coreV1.Volume, object[]]>([
  ['a claim', '/d', named, [claim(), volume({ uid: 'u1' })]],
  ['its own claim', '/d', { name: 'data', ephemeral: {} }, [claim({ name: 'p-data', owner: 'pod' }), volume({ uid: 'u1' })]],
  ['another\'s claim', 'error processing PVC ns/p-data: PVC ns/p-data was not created for pod ns/p (pod is not owner)', { name: 'data', ephemeral: {} }, [claim({ name: 'p-data', owner: 'other' })]],
  ['no claim', 'error processing PVC ns/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found', named, []],
  ['an unbound claim', 'error processing PVC ns/c: PVC is not bound', named, [claim({ phase: 'Pending' })]],
  ['no volume', 'error processing PVC ns/c: failed to fetch PV v from API server: persistentvolumes "v" not found', named, [claim()]],
  ['a volume that is not tied yet', 'error processing PVC ns/c: found PV object v but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim', named, [claim(), volume()]],
  ['another\'s volume', 'error processing PVC ns/c: found PV object v but its pv.Spec.ClaimRef.UID u2 does not point to claim.UID u1', named, [claim(), volume({ uid: 'u2' })]],
])('claimedVolume finds what stands behind %s', async (_title, expected, one, objects) => {
  const found = claimedVolume(pod, one, createFakeClient(objects)).then(({ spec }) => spec?.hostPath?.path, (error: Error) => error.message);
  expect(await found).toBe(expected);
});

import type { coreV1 } from '@kubernode/api';
import { reconcile } from './volume-expander.ts';

function claim({ phase = 'Bound', capacity = '1Gi', annotations = {} }: { phase?: string; capacity?: string; annotations?: Record<string, string> } = {}): coreV1.PersistentVolumeClaim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'ns', uid: 'u', annotations }, spec: { resources: { requests: { storage: '2Gi' } }, volumeName: 'v' }, status: { phase, capacity: { storage: capacity } } };
}

function volume(source: Partial<coreV1.PersistentVolumeSpec>, uid = 'u'): coreV1.PersistentVolume {
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { claimRef: { namespace: 'ns', name: 'c', uid }, ...source } };
}

const csi = { csi: { driver: 'd', volumeHandle: 'h' } };
const disk = { awsElasticBlockStore: { volumeID: 'x' } };
const OUTSIDE = 'Normal ExternalExpanding waiting for an external controller to expand this PVC';
const REPLACED = 'Normal ExternalExpanding CSI migration enabled for kubernetes.io/aws-ebs; waiting for external resizer to expand the pvc';
const RESIZER = { 'volume.kubernetes.io/storage-resizer': 'ebs.csi.aws.com' };

test.each<[string, unknown[], number | undefined, coreV1.PersistentVolumeClaim, coreV1.PersistentVolume | undefined]>([
  ['of a driver', [OUTSIDE], undefined, claim(), volume(csi)],
  ['that nobody can grow', [OUTSIDE], undefined, claim(), volume({ hostPath: { path: '/d' } })],
  ['of a plugin that was replaced', [REPLACED, RESIZER], undefined, claim(), volume(disk)],
  ['whose resizer is named', [REPLACED], undefined, claim({ annotations: RESIZER }), volume(disk)],
  ['large enough', [], undefined, claim({ capacity: '2Gi' }), volume(csi)],
  ['large enough, but with a file system that is not', [OUTSIDE], undefined, claim({ capacity: '2Gi' }), { ...volume(csi), metadata: { name: 'v', annotations: { 'volume.alpha.kubernetes.io/pre-resize-capacity': '1Gi' } } }],
  ['not bound', [], undefined, claim({ phase: 'Pending' }), volume(csi)],
  ['not there', [], 1000, claim(), undefined],
  ['of another claim', [], 1000, claim(), volume(csi, 'x')],
])('a claim that is to grow on a volume %s', (_title, expected, again, one, of) => {
  const { actions, againAfterMs } = reconcile({ claim: one, volume: of });
  const seen = actions.map((action) => (action.do === 'event' ? `${action.type} ${action.reason} ${action.message}` : action.do === 'patch' ? (action.patch.body as { metadata: { annotations: unknown } }).metadata.annotations : action)); // patches annotations alone
  expect([seen, againAfterMs]).toEqual([expected, again]);
});

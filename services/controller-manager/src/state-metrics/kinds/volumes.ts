import { coreV1Resources } from '@kubernode/api';
import type { coreV1 } from '@kubernode/api';
import { choiceSamples, figure, gauge, info, lifeFamilies, statusSamples, type Family, type StateKind } from '../family.ts';
import { amountOf } from '../resource-samples.ts';

type Volume = coreV1.PersistentVolume;
type Claim = coreV1.PersistentVolumeClaim;

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const volumeFamilies: readonly Family<Volume>[] = [
  gauge('kube_persistentvolume_status_phase', 'The phase indicates if a volume is available, bound to a claim, or released by a claim.', ({ status }) => choiceSamples('phase', ['Pending', 'Available', 'Bound', 'Released', 'Failed'], status?.phase)),
  info('kube_persistentvolume_info', 'Information about Persistent Volumes', volumeLabels),
  gauge('kube_persistentvolume_claim_ref', 'Information about the Persistent Volume Claim Reference.', ({ spec }) => (spec?.claimRef === undefined ? [] : [{ labels: { name: spec.claimRef.name ?? '', claim_namespace: spec.claimRef.namespace ?? '' }, value: 1 }])),
  figure('kube_persistentvolume_capacity_bytes', 'Persistentvolume capacity in bytes.', ({ spec }) => amountOf(spec?.capacity?.['storage'] ?? '0', 'byte')),
  gauge('kube_persistentvolume_volume_mode', 'Volume Mode information for the PersistentVolume.', ({ spec }) => (spec?.volumeMode === undefined ? [] : [{ labels: { volumemode: spec.volumeMode }, value: 1 }])),
  gauge('kube_persistentvolume_access_mode', 'Access modes of the PersistentVolume.', ({ spec }) => (spec?.accessModes ?? []).map((mode) => ({ labels: { access_mode: mode }, value: 1 }))),
  ...lifeFamilies<Volume>('kube_persistentvolume'),
];

export const persistentVolumes: StateKind<Volume> = { resource: coreV1Resources.persistentvolumes, identity: ({ metadata }) => ({ persistentvolume: metadata.name }), families: volumeFamilies };

/** Of the sources those that nodes here can mount; the others' labels are there and empty, as dashboards expect them. */
function volumeLabels({ spec = {} }: Readonly<Volume>): Record<string, string> {
  const { nfs, csi, local, hostPath } = spec;
  return {
    storageclass: spec.storageClassName ?? '', gce_persistent_disk_name: '', ebs_volume_id: '', azure_disk_name: '', fc_wwids: '', fc_lun: '', fc_target_wwns: '', iscsi_target_portal: '', iscsi_iqn: '', iscsi_lun: '', iscsi_initiator_name: '',
    nfs_server: nfs?.server ?? '', nfs_path: nfs?.path ?? '', csi_driver: csi?.driver ?? '', csi_volume_handle: csi?.volumeHandle ?? '', local_path: local?.path ?? '', local_fs: local?.fsType ?? '',
    host_path: hostPath?.path ?? '', host_path_type: hostPath?.type ?? '', reclaim_policy: spec.persistentVolumeReclaimPolicy ?? '',
  };
}

const claimFamilies: readonly Family<Claim>[] = [
  info('kube_persistentvolumeclaim_info', 'Information about persistent volume claim.', ({ metadata, spec }) => ({ storageclass: metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '', volumename: spec?.volumeName ?? '', volumemode: spec?.volumeMode ?? '' })),
  gauge('kube_persistentvolumeclaim_status_phase', 'The phase the persistent volume claim is currently in.', ({ status }) => choiceSamples('phase', ['Lost', 'Bound', 'Pending'], status?.phase)),
  figure('kube_persistentvolumeclaim_resource_requests_storage_bytes', 'The capacity of storage requested by the persistent volume claim.', ({ spec }) => (spec?.resources?.requests?.['storage'] === undefined ? undefined : amountOf(spec.resources.requests['storage'], 'byte'))),
  gauge('kube_persistentvolumeclaim_access_mode', 'The access mode(s) specified by the persistent volume claim.', ({ spec }) => (spec?.accessModes ?? []).map((mode) => ({ labels: { access_mode: mode }, value: 1 }))),
  gauge('kube_persistentvolumeclaim_status_condition', 'Information about status of different conditions of persistent volume claim.', ({ status }) => (status?.conditions ?? []).flatMap(({ type, status: holds }) => statusSamples(holds, { condition: type }, 'status'))),
  ...lifeFamilies<Claim>('kube_persistentvolumeclaim'),
];

export const persistentVolumeClaims: StateKind<Claim> = { resource: coreV1Resources.persistentvolumeclaims, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, persistentvolumeclaim: name }), families: claimFamilies };

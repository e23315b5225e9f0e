import type { coreV1 } from '@kubernode/api';
import { defaultPullPolicy } from './image-name.ts';

const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** A volume without a source is an empty directory; sources get what their drivers would assume. */
export function defaultVolume(volume: coreV1.Volume): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
  const { secret, configMap, downwardAPI, projected, hostPath, ephemeral, image } = volume;
  for (const source of [secret, configMap, downwardAPI, projected]) if (source !== undefined) source.defaultMode ??= FILE_MODE;
  defaultFieldRefs(downwardAPI?.items);
  if (hostPath !== undefined) hostPath.type ??= '';
  if (ephemeral?.volumeClaimTemplate !== undefined) ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem';
  if (image !== undefined) image.pullPolicy ||= defaultPullPolicy(image.reference);
  for (const { serviceAccountToken, downwardAPI: files } of projected?.sources ?? []) {
    if (serviceAccountToken !== undefined) serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    defaultFieldRefs(files?.items);
  }
  defaultRemoteVolume(volume);
}

function defaultFieldRefs(files: readonly coreV1.DownwardAPIVolumeFile[] | undefined): void {
  for (const { fieldRef } of files ?? []) if (fieldRef !== undefined) fieldRef.apiVersion ||= 'v1';
}

/** What a volume of a pod and a persistent one have in common. */
export function defaultRemoteVolume({ iscsi, rbd, azureDisk, scaleIO }: Pick<coreV1.Volume | coreV1.PersistentVolumeSpec, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>): void {
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= 'Shared';
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}

import type { coreV1, storageV1 } from '@kubernode/api';
import { bindVolume, volumeAnnotations } from '@kubernode/volume-matching';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** The provisioner's name: in classes, in claims that ask for a volume, and in volumes it made. */
export const LOCAL_PATH = 'kubernode.io/local-path';
/** On volumes: the node that has the directory. */
export const NODE_ANNOTATION = 'kubernode.io/node';
/** Of outside provisioners: the object stays until what is stored has been deleted. */
export const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
const HOSTNAME = 'kubernetes.io/hostname';

/** As all provisioners name what they make for a claim. */
export function localVolumeName({ metadata }: Claim): string { return `pvc-${metadata.uid ?? ''}`; }

export interface LocalVolumeWanted { claim: Claim; storageClass: Readonly<storageV1.StorageClass>; node: Readonly<coreV1.Node>; dir: string }

/** A volume for the claim: a directory of the node, which the node makes when the first pod uses it. */
export function localVolume({ claim, storageClass, node, dir }: LocalVolumeWanted): Volume {
  const name = localVolumeName(claim);
  const { name: nodeName, labels } = node.metadata;
  const reclaimPolicy = storageClass.reclaimPolicy ?? 'Delete';
  const empty: Volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name } };
  const { claimRef } = bindVolume(empty, claim).spec ?? {};
  return {
    ...empty,
    metadata: {
      name, annotations: { [volumeAnnotations.dynamicallyProvisioned]: LOCAL_PATH, [NODE_ANNOTATION]: nodeName },
      ...(reclaimPolicy === 'Delete' && { finalizers: [FINALIZER] }),
    },
    spec: {
      accessModes: claim.spec?.accessModes ?? ['ReadWriteOnce'], capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
      ...(claimRef && { claimRef }),
      hostPath: { path: `${dir.replace(/\/+$/, '')}/${name}`, type: 'DirectoryOrCreate' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME, operator: 'In', values: [labels?.[HOSTNAME] ?? nodeName] }] }] } },
      persistentVolumeReclaimPolicy: reclaimPolicy, storageClassName: storageClass.metadata.name, volumeMode: 'Filesystem',
    },
  };
}

/** Why no directory can serve the claim; undefined when one can. */
export function unfitForDirectory({ spec }: Claim): string | undefined {
  const shared = (spec?.accessModes ?? []).find((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod');
  if (shared !== undefined) return `a directory of one node cannot be ${shared}: only ReadWriteOnce and ReadWriteOncePod are supported`;
  if (spec?.volumeMode === 'Block') return 'a directory is no block device: only volumeMode Filesystem is supported';
  if (spec?.selector !== undefined) return 'claim.Spec.Selector is not supported';
  return spec?.dataSource === undefined && spec?.dataSourceRef === undefined ? undefined : 'volumes begin empty: a dataSource is not supported';
}

import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { termWarnings } from '../shared/pod-spec/affinity-warnings.ts';

const OLD_ANNOTATIONS: readonly (readonly [key: string, text: string])[] = [
  ['volume.beta.kubernetes.io/storage-class', 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ['volume.beta.kubernetes.io/mount-options', 'deprecated since v1.31; use "mountOptions" attribute instead'],
];

/** Drivers that are gone, in the order in which Kubernetes speaks of them; the last is what the path calls them. */
const DEAD_DRIVERS: readonly (readonly [field: keyof coreV1.PersistentVolumeSpec, text: string, shown?: string])[] = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'], ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'], ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'], ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'], ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** What of a persistent volume is on its way out. */
export function persistentVolumeWarnings({ metadata, spec = {} }: Readonly<coreV1.PersistentVolume & KubeObject>): string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return [
    ...OLD_ANNOTATIONS.filter(([key]) => metadata.annotations?.[key] !== undefined).map(([key, text]) => `metadata.annotations[${key}]: ${text}`),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? ['spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'] : []),
    ...terms.flatMap((term, index) => termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, { judgesValues: false })),
    ...DEAD_DRIVERS.filter(([field]) => spec[field] !== undefined).map(([field, text, shown = field]) => `spec.${shown}: ${text}`),
  ];
}

import type { coreV1 } from '@kubernode/api';
import type { Pod } from '../pod/pod-facts.ts';
import { referencedNames } from '../pod/referenced-names.ts';

/** What a pod wants of the API that a static pod may not have, by the kubelet's name for it; undefined when it wants nothing. */
export function apiReference(pod: Pod): string | undefined {
  if (pod.spec?.serviceAccountName) return 'serviceaccounts';
  const { secrets, configMaps } = referencedNames(pod);
  if (secrets.size > 0) return 'secrets';
  if (configMaps.size > 0) return 'configmaps';
  if ((pod.spec?.resourceClaims ?? []).length > 0) return 'resourceclaims';
  for (const volume of pod.spec?.volumes ?? []) {
    const found = volumeReference(volume);
    if (found !== undefined) return found;
  }
  return undefined;
}

function volumeReference({ csi, glusterfs, persistentVolumeClaim, ephemeral, azureFile, projected }: coreV1.Volume): string | undefined {
  if (csi !== undefined) return 'csidrivers (via CSI volumes)';
  if (glusterfs !== undefined) return 'endpoints (via glusterFS volumes)';
  if (persistentVolumeClaim !== undefined) return 'persistentvolumeclaims';
  if (ephemeral !== undefined) return 'persistentvolumeclaims (via ephemeral volumes)';
  if (azureFile !== undefined) return 'secrets (via azureFile volumes)';
  for (const { serviceAccountToken, clusterTrustBundle, podCertificate } of projected?.sources ?? []) {
    if (serviceAccountToken !== undefined) return 'serviceaccounts (via projected volumes)';
    if (clusterTrustBundle !== undefined) return 'clustertrustbundles';
    if (podCertificate !== undefined) return 'podcertificates';
  }
  return undefined;
}

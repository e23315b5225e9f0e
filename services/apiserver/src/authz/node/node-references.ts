import type { coreV1 } from '@kubernode/api';

/** What a pod makes visible to the node it runs on, as graph keys (`secrets/NAMESPACE/NAME`). */
export function podReferences(pod: Readonly<coreV1.Pod>): string[] {
  const namespace = pod.metadata.namespace ?? '';
  const keys = [`pods/${namespace}/${pod.metadata.name}`];
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return keys; // a static pod's mirror grants nothing
  const add = (type: string, name: string | undefined): void => { if (name !== undefined && name !== '') keys.push(`${type}/${namespace}/${name}`); };
  const { spec } = pod;
  add('serviceaccounts', spec?.serviceAccountName);
  for (const { name } of spec?.imagePullSecrets ?? []) add('secrets', name);
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])]) addEnvironment(container, add);
  for (const volume of spec?.volumes ?? []) addVolume(volume, pod.metadata.name, add);
  const made = new Map((pod.status?.resourceClaimStatuses ?? []).map((status) => [status.name, status.resourceClaimName]));
  for (const claim of spec?.resourceClaims ?? []) add('resourceclaims', claim.resourceClaimName ?? made.get(claim.name));
  add('resourceclaims', pod.status?.extendedResourceClaimStatus?.resourceClaimName);
  return keys;
}

/** Secrets that mounting a volume takes, as graph keys. */
export function volumeSecrets({ spec }: Readonly<coreV1.PersistentVolume>): string[] {
  if (spec === undefined) return [];
  const claimNamespace = spec.claimRef?.namespace ?? '';
  const references: ({ name?: string; namespace?: string } | undefined)[] = [
    spec.cephfs?.secretRef, spec.flexVolume?.secretRef, spec.rbd?.secretRef, spec.scaleIO?.secretRef, spec.iscsi?.secretRef, spec.cinder?.secretRef, spec.storageos?.secretRef,
    spec.csi?.nodePublishSecretRef, spec.csi?.nodeStageSecretRef, spec.csi?.nodeExpandSecretRef,
    spec.azureFile && { name: spec.azureFile.secretName, ...(spec.azureFile.secretNamespace !== undefined && { namespace: spec.azureFile.secretNamespace }) },
  ];
  return references.flatMap((reference) => (reference?.name ? [`secrets/${reference.namespace || claimNamespace}/${reference.name}`] : []));
}

/** Whether a pod names any secret or config map, wherever it does. */
export function namesOf(pod: Readonly<coreV1.Pod>, type: 'secrets' | 'configmaps'): boolean {
  const plain = { ...pod, metadata: { ...pod.metadata, annotations: {} } }; // a mirror's references are looked at, too
  return podReferences(plain).some((key) => key.startsWith(`${type}/`));
}

type Add = (type: string, name: string | undefined) => void;

function addEnvironment({ env = [], envFrom = [] }: Readonly<Pick<coreV1.Container, 'env' | 'envFrom'>>, add: Add): void {
  for (const { secretRef, configMapRef } of envFrom) { add('secrets', secretRef?.name); add('configmaps', configMapRef?.name); }
  for (const { valueFrom } of env) { add('secrets', valueFrom?.secretKeyRef?.name); add('configmaps', valueFrom?.configMapKeyRef?.name); }
}

function addVolume(volume: Readonly<coreV1.Volume>, podName: string, add: Add): void {
  add('secrets', volume.secret?.secretName);
  add('secrets', volume.azureFile?.secretName);
  for (const source of [volume.cephfs, volume.cinder, volume.flexVolume, volume.rbd, volume.scaleIO, volume.iscsi, volume.storageos]) add('secrets', source?.secretRef?.name);
  add('secrets', volume.csi?.nodePublishSecretRef?.name);
  add('configmaps', volume.configMap?.name);
  for (const { secret, configMap } of volume.projected?.sources ?? []) { add('secrets', secret?.name); add('configmaps', configMap?.name); }
  add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral !== undefined) add('persistentvolumeclaims', `${podName}-${volume.name}`);
}

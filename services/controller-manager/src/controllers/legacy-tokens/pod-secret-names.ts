import type { coreV1 } from '@kubernode/api';

type PodSpec = NonNullable<coreV1.Pod['spec']>;
type Volume = NonNullable<PodSpec['volumes']>[number];

/** The secrets that a pod names, wherever a pod can name one. */
export function podSecretNames({ spec }: Readonly<coreV1.Pod>): Set<string> {
  const names: (string | undefined)[] = (spec?.imagePullSecrets ?? []).map(({ name }) => name);
  for (const { env = [], envFrom = [] } of [...spec?.initContainers ?? [], ...spec?.containers ?? [], ...spec?.ephemeralContainers ?? []]) {
    names.push(...envFrom.map(({ secretRef }) => secretRef?.name), ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name));
  }
  for (const volume of spec?.volumes ?? []) names.push(...volumeSecretNames(volume));
  return new Set(names.filter((name) => name !== undefined && name !== '') as string[]); // filtered
}

function volumeSecretNames(volume: Volume): (string | undefined)[] {
  const { azureFile, cephfs, cinder, flexVolume, projected, rbd, scaleIO, secret, iscsi, storageos, csi } = volume;
  return [
    azureFile?.secretName, cephfs?.secretRef?.name, cinder?.secretRef?.name, flexVolume?.secretRef?.name, ...(projected?.sources ?? []).map((source) => source.secret?.name),
    rbd?.secretRef?.name, scaleIO?.secretRef?.name, secret?.secretName, iscsi?.secretRef?.name, storageos?.secretRef?.name, csi?.nodePublishSecretRef?.name,
  ];
}

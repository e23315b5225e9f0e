import type { coreV1 } from '@kubernode/api';
import { allContainers, type Pod } from '../pod/pod-facts.ts';

/** A volume of a pod with what stands behind it. */
export interface VolumeSpec {
  /** As the pod's containers name it. */
  outerName: string;
  /** The persistent volume's name where there is one, else as in the pod; directories and messages have this one. */
  name: string;
  /** The pod has its claim for reading only. */
  readOnly: boolean;
  /** A raw device instead of files. */
  block: boolean;
  /** One of both. */
  inline?: coreV1.Volume;
  persistent?: coreV1.PersistentVolume;
  /** The claim by which the pod has the persistent volume. */
  claim?: coreV1.PersistentVolumeClaim;
}

export interface UsedVolumes { mounts: ReadonlySet<string>; devices: ReadonlySet<string> }

/** The volumes that containers of the pod use, by name. Others are not set up. */
export function usedVolumes(pod: Pod): UsedVolumes {
  const mounts = new Set<string>();
  const devices = new Set<string>();
  for (const { volumeMounts = [], volumeDevices = [] } of allContainers(pod)) {
    for (const { name } of volumeMounts) mounts.add(name);
    for (const { name } of volumeDevices) devices.add(name);
  }
  return { mounts, devices };
}

export function mountOptionsOf({ persistent }: VolumeSpec): readonly string[] {
  const { annotations = {} } = persistent?.metadata ?? {};
  const annotated = annotations['volume.beta.kubernetes.io/mount-options'];
  return annotated === undefined ? persistent?.spec?.mountOptions ?? [] : annotated.split(',');
}

/** The group that an annotation of the persistent volume adds to its containers' groups. */
export function annotatedGroup({ persistent }: VolumeSpec): number | undefined {
  const text = persistent?.metadata.annotations?.['pv.beta.kubernetes.io/gid'] ?? '';
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

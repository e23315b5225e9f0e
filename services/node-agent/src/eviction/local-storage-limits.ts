import { formatQuantity, normaliseQuantity, quantityFromNumber, quantityValue } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { mainContainers, type Pod } from '../pod/pod-facts.ts';
import { podLimit } from '../pod/pod-resources.ts';
import type { DiskLayout, PodUse } from './signals.ts';

/** The limits' names in `kubelet_evictions`. */
export type LimitSignal = 'emptydirfs.limit' | 'ephemeralpodfs.limit' | 'ephemeralcontainerfs.limit';

export interface LimitExcess { signal: LimitSignal; message: string }

/** The first limit of its own on local storage that a pod has gone over, if any. */
export function exceededLimit(pod: Pod, use: PodUse, layout: DiskLayout): LimitExcess | undefined {
  return emptyDirExcess(pod, use) ?? podExcess(pod, use, layout) ?? containerExcess(pod, use, layout);
}

/** Whether a pod has such a limit at all: only then are its files counted. */
export function hasStorageLimit(pod: Pod): boolean {
  return podLimit(pod, 'ephemeral-storage') !== undefined || (pod.spec?.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined);
}

/** Volumes whose files count as the pod's own. */
export function isLocalVolume(volume: coreV1.Volume): boolean {
  return volume.hostPath !== undefined || isEphemeral(volume);
}

function isEphemeral({ emptyDir, gitRepo, configMap }: coreV1.Volume): boolean {
  return gitRepo !== undefined || configMap !== undefined || (emptyDir !== undefined && (emptyDir.medium ?? '') === '');
}

function emptyDirExcess(pod: Pod, { volumes }: PodUse): LimitExcess | undefined {
  for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    const used = volumes.get(name)?.bytes;
    if (limit === undefined || used === undefined || quantityValue(limit) <= 0) continue;
    if (used > quantityValue(limit)) return { signal: 'emptydirfs.limit', message: `Usage of EmptyDir volume "${name}" exceeds the limit "${normaliseQuantity(limit)}". ` };
  }
  return undefined;
}

function podExcess(pod: Pod, use: PodUse, layout: DiskLayout): LimitExcess | undefined {
  const limit = podLimit(pod, 'ephemeral-storage');
  if (limit === undefined || ephemeralBytes(pod, use, layout) <= limit) return undefined;
  return { signal: 'ephemeralpodfs.limit', message: `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(quantityFromNumber(limit, 'BinarySI'))}. ` };
}

function ephemeralBytes(pod: Pod, { containers, volumes }: PodUse, layout: DiskLayout): number {
  const ofContainers = containers.reduce((sum, { rootfs, logs }) => sum + logs.bytes + (layout.dedicatedImageFs ? 0 : rootfs.bytes), 0);
  const ofVolumes = (pod.spec?.volumes ?? []).filter(isEphemeral).reduce((sum, { name }) => sum + (volumes.get(name)?.bytes ?? 0), 0);
  return ofContainers + ofVolumes;
}

function containerExcess(pod: Pod, { containers }: PodUse, layout: DiskLayout): LimitExcess | undefined {
  for (const { name, rootfs, logs } of containers) {
    const limit = mainContainers(pod).find((one) => one.name === name)?.resources?.limits?.['ephemeral-storage'];
    if (limit === undefined || quantityValue(limit) === 0) continue;
    const used = logs.bytes + (layout.dedicatedImageFs ? 0 : rootfs.bytes);
    if (used > quantityValue(limit)) return { signal: 'ephemeralcontainerfs.limit', message: `Container ${name} exceeded its local ephemeral storage limit "${normaliseQuantity(limit)}". ` };
  }
  return undefined;
}

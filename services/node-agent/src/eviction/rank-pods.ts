import { type Pod, podUid } from '../pod/pod-facts.ts';
import { priorityOf } from '../pod/pod-origin.ts';
import { podRequest } from '../pod/pod-resources.ts';
import { isLocalVolume } from './local-storage-limits.ts';
import type { DiskLayout, PodUse, Signal, StarvedResource } from './signals.ts';
import { signalFacts } from './signals.ts';

export interface RankInput { signal: Signal; pods: readonly Pod[]; use: ReadonlyMap<string, PodUse>; layout: DiskLayout }

/**
 * Pods in the order in which they are evicted: those that use more than they asked for, then by priority, then by how much more. A pod
 * whose use is unknown comes first among its equals.
 */
export function rankPods({ signal, pods, use, layout }: RankInput): readonly Pod[] {
  const { resource } = signalFacts[signal];
  const ranked = pods.map((pod) => {
    const found = use.get(podUid(pod));
    const used = found === undefined ? Infinity : usedOf(signal, { pod, use: found, layout });
    const request = requestOf(pod, resource);
    return { pod, exceeds: resource !== 'pids' && used > request, priority: priorityOf(pod), excess: resource === 'pids' ? used : used - excessBase(pod, resource) };
  });
  return ranked.sort((a, b) => Number(b.exceeds) - Number(a.exceeds) || a.priority - b.priority || compare(b.excess, a.excess)).map(({ pod }) => pod);
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1); // Infinity − Infinity is no number

/** Inodes and processes cannot be asked for. */
function requestOf(pod: Pod, resource: StarvedResource): number {
  return resource === 'memory' || resource === 'ephemeral-storage' ? podRequest(pod, resource) : 0;
}

function excessBase(pod: Pod, resource: StarvedResource): number {
  return resource === 'memory' ? podRequest(pod, 'memory') : podRequest(pod, 'ephemeral-storage');
}

function usedOf(signal: Signal, { pod, use, layout }: { pod: Pod; use: PodUse; layout: DiskLayout }): number {
  switch (signalFacts[signal].resource) {
    case 'memory': return use.memoryBytes;
    case 'pids': return use.processes;
    case 'ephemeral-storage': return diskOf(signal, { pod, use, layout, unit: 'bytes' });
    case 'inodes': return diskOf(signal, { pod, use, layout, unit: 'inodes' });
  }
}

/** What of a pod lies on the disk that the signal is about. */
function diskOf(signal: Signal, { pod, use, layout, unit }: { pod: Pod; use: PodUse; layout: DiskLayout; unit: 'bytes' | 'inodes' }): number {
  const { rootfs, logsAndVolumes } = partsOn(signal, layout);
  let sum = 0;
  for (const container of use.containers) sum += (rootfs ? container.rootfs[unit] : 0) + (logsAndVolumes ? container.logs[unit] : 0);
  if (logsAndVolumes) for (const volume of pod.spec?.volumes ?? []) if (isLocalVolume(volume)) sum += use.volumes.get(volume.name)?.[unit] ?? 0;
  return sum;
}

function partsOn(signal: Signal, { dedicatedImageFs, splitContainerFs }: DiskLayout): { rootfs: boolean; logsAndVolumes: boolean } {
  if (!dedicatedImageFs) return { rootfs: true, logsAndVolumes: true };
  if (splitContainerFs) return { rootfs: !signal.startsWith('imagefs'), logsAndVolumes: !signal.startsWith('imagefs') };
  return { rootfs: !signal.startsWith('nodefs'), logsAndVolumes: signal.startsWith('nodefs') };
}

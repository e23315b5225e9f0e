import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';

type Pod = Readonly<coreV1.Pod>;

/**
 * When a pod ended: when its last container did; else when it stopped being ready; else, for a deleted one, when the deletion was asked
 * for. Pods of a kubelet have the first or the second, pods of lost nodes the third.
 */
export function finishedMs(pod: Pod): number {
  const { metadata } = pod;
  const deletedMs = timeToMs(metadata.deletionTimestamp);
  return containersFinishedMs(pod) ?? unreadySinceMs(pod) ?? (deletedMs === null || deletedMs === undefined ? undefined : deletedMs - (metadata.deletionGracePeriodSeconds ?? 0) * 1000)
    ?? timeToMs(metadata.creationTimestamp) ?? 0;
}

/** Undefined while one of them has not ended. Sidecars end after the others. */
function containersFinishedMs({ spec, status }: Pod): number | undefined {
  const sidecars = new Set((spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const statuses = [...status?.containerStatuses ?? [], ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name))];
  const times = statuses.map(({ state }) => timeToMs(state?.terminated?.finishedAt) ?? undefined);
  return times.length === 0 || times.includes(undefined) ? undefined : Math.max(...times as number[]); // just checked
}

function unreadySinceMs({ status }: Pod): number | undefined {
  const ready = conditionOf(status?.conditions, 'Ready');
  return ready?.status === 'False' ? timeToMs(ready.lastTransitionTime) ?? undefined : undefined;
}

import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1, policyV1 } from '@kubernode/api';

type Pod = Readonly<coreV1.Pod>;
type Times = NonNullable<policyV1.PodDisruptionBudgetStatus['disruptedPods']>;

/** An evicted pod that is not being deleted after this long was not evicted after all. */
const DELETION_MAX_MS = 120_000;

export interface DisruptedPods {
  /** Evictions that were allowed and whose pods do not go yet. */
  waiting: Times;
  /** Pods whose deletion was waited for in vain. */
  notDeleted: readonly Pod[];
  /** How long until the first of the waiting is given up. */
  giveUpInMs: number | undefined;
}

export function disruptedPods(before: Times | undefined, pods: readonly Pod[], nowMs: number): DisruptedPods {
  const waiting: Times = {};
  const notDeleted: Pod[] = [];
  let firstMs = Infinity;
  for (const pod of pods) {
    const time = before?.[pod.metadata.name];
    if (time === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const untilMs = (timeToMs(time) ?? 0) + DELETION_MAX_MS;
    if (untilMs < nowMs) notDeleted.push(pod);
    else {
      waiting[pod.metadata.name] = time;
      firstMs = Math.min(firstMs, untilMs);
    }
  }
  return { waiting, notDeleted, giveUpInMs: firstMs === Infinity ? undefined : Math.max(1, firstMs - nowMs + 1) };
}

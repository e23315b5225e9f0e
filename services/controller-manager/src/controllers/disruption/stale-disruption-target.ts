import { formatTime, timeToMs } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';
import { isFinished } from '../pods.ts';

type Pod = Readonly<coreV1.Pod>;

/** A pod that was to be disrupted and is not being deleted after this long is left alone by now. */
const STALE_AFTER_MS = 120_000;
/** The kubelet takes its time: what it says of its own terminations is never stale. */
const BY_KUBELET = 'TerminationByKubelet';

/** How long until the condition DisruptionTarget of a pod is stale: 0 when it is; undefined for a pod where it cannot become so. */
export function staleInMs(pod: Pod, nowMs: number): number | undefined {
  const condition = conditionOf(pod.status?.conditions, 'DisruptionTarget');
  if (condition?.status !== 'True' || condition.reason === BY_KUBELET || pod.metadata.deletionTimestamp !== undefined || isFinished(pod)) return undefined;
  return Math.max(0, (timeToMs(condition.lastTransitionTime) ?? 0) + STALE_AFTER_MS - nowMs);
}

/** Takes the condition back. */
export function clearDisruptionTarget(pod: Pod, nowMs: number): Action {
  const conditions = pod.status?.conditions?.map((one) => {
    if (one.type !== 'DisruptionTarget') return one;
    const { generation } = pod.metadata;
    return { type: one.type, status: 'False', ...(generation !== undefined && { observedGeneration: generation }), lastTransitionTime: formatTime(nowMs) };
  });
  return { do: 'update', resource: coreV1Resources.pods, object: { ...pod, status: { ...pod.status, ...(conditions && { conditions }) } }, subresource: 'status' };
}

import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { isReadyPod, readySinceMs } from '../pods.ts';

type Pod = Readonly<coreV1.Pod>;

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The pods to delete first when there are too many: unscheduled, pending, not ready, cheap, crowded on their node, ready for a
 * shorter time (by order of magnitude, so that it stays a little random), restarted more often, younger.
 */
export function byDeletionOrder(crowdOf: (nodeName: string) => number, nowMs: number): (a: Pod, b: Pod) => number {
  return (a, b) => Number(a.spec?.nodeName !== undefined) - Number(b.spec?.nodeName !== undefined)
    || phase(a) - phase(b)
    || Number(isReadyPod(a)) - Number(isReadyPod(b))
    || cost(a) - cost(b)
    || crowdOf(b.spec?.nodeName ?? '') - crowdOf(a.spec?.nodeName ?? '')
    || byAge(readySinceMs(a), readySinceMs(b), a, b, nowMs)
    || restarts(b) - restarts(a)
    || byAge(createdMs(a), createdMs(b), a, b, nowMs);
}

function phase({ status }: Pod): number { return PHASES[status?.phase ?? 'Pending'] ?? 0; }

function cost({ metadata }: Pod): number {
  const text = metadata.annotations?.[DELETION_COST] ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

function createdMs({ metadata }: Pod): number | undefined { return timeToMs(metadata.creationTimestamp) ?? undefined; }

function restarts({ status }: Pod): number { return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)); }

function byAge(a: number | undefined, b: number | undefined, podA: Pod, podB: Pod, nowMs: number): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const magnitude = (ms: number): number => Math.floor(Math.log2(Math.max(1, nowMs - ms) * 1e6));
  return magnitude(a) - magnitude(b) || ((podA.metadata.uid ?? '') < (podB.metadata.uid ?? '') ? -1 : 1);
}

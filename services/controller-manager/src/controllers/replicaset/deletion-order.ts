import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { isReadyPod, readySinceMs } from '../pods.ts';

type Pod = Readonly<coreV1.Pod>;

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const COST_MAX = 2 ** 31 - 1;

/**
 * The pods to delete first when there are too many: unscheduled, pending, not ready, cheap, crowded on their node, ready for a
 * shorter time (by order of magnitude, so that it stays a little random), restarted more often, younger.
 */
export function byDeletionOrder(crowdOf: (nodeName: string) => number, nowMs: number): (a: Pod, b: Pod) => number {
  return (a, b) => Number(isBound(a)) - Number(isBound(b))
    || phase(a) - phase(b)
    || Number(isReadyPod(a)) - Number(isReadyPod(b))
    || cost(a) - cost(b)
    || crowdOf(b.spec?.nodeName ?? '') - crowdOf(a.spec?.nodeName ?? '')
    || (isReadyPod(a) ? byAge(readySinceMs(a), readySinceMs(b), a, b, nowMs) : 0)
    || containerRestarts(b) - containerRestarts(a)
    || sidecarRestarts(b) - sidecarRestarts(a)
    || byAge(createdMs(a), createdMs(b), a, b, nowMs);
}

function isBound({ spec }: Pod): boolean { return spec?.nodeName !== undefined && spec.nodeName !== ''; }

function phase({ status }: Pod): number { return PHASES[status?.phase ?? ''] ?? 0; }

/** No plus sign and no leading zeros, and at most 32 bits: anything else counts as 0. */
function cost({ metadata }: Pod): number {
  const text = metadata.annotations?.[DELETION_COST] ?? '';
  const value = /^(0|[1-9]\d*|-\d+)$/.test(text) ? Number(text) : 0;
  return value > COST_MAX || value < -COST_MAX - 1 ? 0 : value;
}

function createdMs({ metadata }: Pod): number | undefined { return timeToMs(metadata.creationTimestamp) ?? undefined; }

function containerRestarts({ status }: Pod): number { return mostRestarts(status?.containerStatuses ?? []); }

function sidecarRestarts({ spec, status }: Pod): number {
  const sidecars = new Set((spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  return mostRestarts((status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)));
}

function mostRestarts(statuses: readonly Readonly<coreV1.ContainerStatus>[]): number { return Math.max(0, ...statuses.map(({ restartCount }) => restartCount)); }

/** Shorter before longer, an unknown time before all; of one order of magnitude, in an order that is as good as random but stays. */
function byAge(a: number | undefined, b: number | undefined, podA: Pod, podB: Pod, nowMs: number): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  return magnitude(nowMs - a) - magnitude(nowMs - b) || ((podA.metadata.uid ?? '') < (podB.metadata.uid ?? '') ? -1 : 1);
}

const NANOSECONDS_PER_MS = 1e6;

function magnitude(ageMs: number): number { return ageMs > 0 ? Math.trunc(Math.log2(ageMs * NANOSECONDS_PER_MS)) : -1; }

import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { isReadyPod, readySinceMs } from '../pods.ts';

type Pod = Readonly<coreV1.Pod>;

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Which pods of a job go first when there are too many: those that lose the least work. */
export function byRemovalOrder(a: Pod, b: Pod): number {
  return Number(isAssigned(a)) - Number(isAssigned(b))
    || phase(a) - phase(b)
    || Number(isReadyPod(a)) - Number(isReadyPod(b))
    || (readySinceMs(b) ?? 0) - (readySinceMs(a) ?? 0)
    || restarts(b) - restarts(a)
    || createdMs(b) - createdMs(a);
}

function isAssigned({ spec }: Pod): boolean { return (spec?.nodeName ?? '') !== ''; }

function phase({ status }: Pod): number { return PHASES[status?.phase ?? 'Pending'] ?? 0; }

function restarts({ status }: Pod): number { return Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)); }

function createdMs({ metadata }: Pod): number { return timeToMs(metadata.creationTimestamp) ?? 0; }

import type { batchV1, coreV1 } from '@kubernode/api';
import { isTerminatingPod } from '../pods.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** Keeps an ended pod until it has been counted. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';

const INT32_MAX = 2_147_483_647;

export function isTracked({ metadata }: Pod): boolean { return metadata.finalizers?.includes(TRACKING_FINALIZER) === true; }

export function isIndexed({ spec }: Job): boolean { return spec?.completionMode === 'Indexed'; }

/** Whether each index has failures of its own to spend. */
export function hasLimitPerIndex({ spec }: Job): boolean { return spec?.backoffLimitPerIndex !== undefined; }

/** Whether a pod that is going still holds its place, until it has ended. */
export function replacesOnlyFailed({ spec }: Job): boolean { return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined; }

/** Whether a pod counts as failed: by itself, or because it is being taken away and its place is free. */
export function isFailedPod(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && isTerminatingPod(pod);
}

/** The index a pod works on; undefined for one that has none. */
export function indexOf({ metadata }: Pod): number | undefined { return naturalNumber(metadata.annotations?.[COMPLETION_INDEX]); }

/** Whether the job may count this pod: one of an indexed job needs an index that the job still has. */
export function isCountable(pod: Pod, job: Job): boolean {
  return !isIndexed(job) || (indexOf(pod) ?? Infinity) < (job.spec?.completions ?? 0);
}

/** How often the index of this pod had failed before it, as its annotation says; a broken annotation says 0. */
export function failureCountOf({ metadata }: Pod): number { return int32(metadata.annotations?.[FAILURE_COUNT]); }

/** The same for failures that a rule ignored. */
export function ignoredFailureCountOf({ metadata }: Pod): number { return int32(metadata.annotations?.[IGNORED_FAILURE_COUNT]); }

function int32(text: string | undefined): number {
  const value = naturalNumber(text) ?? 0;
  return value > INT32_MAX ? 0 : value;
}

function naturalNumber(text: string | undefined): number | undefined { return text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : undefined; }

import type { batchV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { isTerminatingPod } from '../pods.ts';
import { byDeletionOrder } from '../replicaset/deletion-order.ts';
import { indexOf } from './completion-indexes.ts';
import { activePods, createPods, deletePods, endedMs, failuresBefore, isFailedPod, isIndexed } from './job-pods.ts';
import type { Tally } from './job-outcome.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** At most this many pods are made or deleted in one go. */
const BURST_MAX = 500;
const BACKOFF_MS = 10_000;
const BACKOFF_MAX_MS = 600_000;

export interface Sizing { actions: readonly Action[]; active: number; againAfterMs?: number | undefined }

/** Makes as many pods as should be active, or deletes those too many. */
export function jobSize(job: Job, pods: readonly Pod[], tally: Tally, nowMs: number): Sizing {
  const active = activePods(pods);
  const wanted = job.spec?.suspend === true ? 0 : wantedActive(job, tally);
  const surplus = surplusPods(job, active, wanted, tally, nowMs).slice(0, BURST_MAX);
  if (surplus.length > 0) return { actions: deletePods(job, surplus, { uncounted: true }), active: active.length - surplus.length };
  const going = job.spec?.podReplacementPolicy === 'Failed' ? pods.filter(isTerminatingPod).length : 0;
  const missing = Math.min(wanted - active.length - going, BURST_MAX);
  if (missing <= 0) return { actions: [], active: active.length };
  const perIndex = job.spec?.backoffLimitPerIndex !== undefined;
  const waitMs = perIndex ? 0 : backoffMs(pods, job, nowMs);
  if (waitMs > 0) return { actions: [], active: active.length, againAfterMs: waitMs };
  const free = isIndexed(job) ? freeIndexes(job, active, tally) : Array.from({ length: missing }, () => undefined);
  const waits = free.map((index) => (perIndex ? backoffMs(pods.filter((pod) => indexOf(pod) === index), job, nowMs) : 0));
  const indexes = free.filter((_index, i) => waits[i] === 0).slice(0, missing);
  const later = waits.filter((ms) => ms > 0);
  return {
    actions: indexes.length === 0 ? [] : [createPods(job, indexes, (index) => nextFailureCount(pods, index, job))], active: active.length + indexes.length,
    ...(later.length > 0 && { againAfterMs: Math.min(...later) }),
  };
}

function wantedActive({ spec }: Job, { active, succeeded, failedIndexes }: Tally): number {
  const parallelism = spec?.parallelism ?? 1;
  if (spec?.completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(spec.completions - succeeded - failedIndexes.size, parallelism));
}

/** For indexed jobs, first those whose index is done with or taken by another. */
function surplusPods(job: Job, active: readonly Pod[], wanted: number, tally: Tally, nowMs: number): Pod[] {
  const sorted = [...active].sort(byDeletionOrder(() => 0, nowMs));
  if (!isIndexed(job)) return sorted.slice(0, Math.max(0, active.length - wanted));
  const taken = new Set<number>();
  const kept: Pod[] = [];
  const doubled: Pod[] = [];
  for (const pod of sorted.reverse()) {
    const index = indexOf(pod);
    const useless = index === undefined || index >= (job.spec?.completions ?? 0) || taken.has(index) || tally.succeededIndexes.has(index);
    (useless ? doubled : kept).push(pod);
    if (index !== undefined) taken.add(index);
  }
  return [...doubled, ...kept.sort((a, b) => (indexOf(b) ?? 0) - (indexOf(a) ?? 0)).slice(0, Math.max(0, kept.length - wanted))];
}

function freeIndexes({ spec }: Job, active: readonly Pod[], { succeededIndexes, failedIndexes }: Tally): number[] {
  const taken = new Set(active.map(indexOf));
  return Array.from({ length: spec?.completions ?? 0 }, (_none, index) => index).filter((index) => !taken.has(index) && !succeededIndexes.has(index) && !failedIndexes.has(index));
}

function nextFailureCount(pods: readonly Pod[], index: number, job: Job): number {
  const failed = pods.filter((pod) => indexOf(pod) === index && isFailedPod(pod, job));
  return failed.length === 0 ? 0 : Math.max(...failed.map(failuresBefore)) + 1;
}

/** After failures, the next pod waits: 10 s, doubled with each failure since the last success. Of pods being deleted none counts. */
function backoffMs(pods: readonly Pod[], { spec }: Job, nowMs: number): number {
  const lastSuccessMs = Math.max(0, ...pods.filter(({ status }) => status?.phase === 'Succeeded').map(endedMs));
  const failures = pods.filter((pod) => pod.status?.phase === 'Failed').map(endedMs).filter((ms) => ms > lastSuccessMs);
  if (failures.length === 0 || spec?.suspend === true) return 0;
  const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures.length - 1));
  return Math.max(0, Math.max(...failures) + delayMs - nowMs);
}

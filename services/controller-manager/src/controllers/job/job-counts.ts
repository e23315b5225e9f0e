import type { batchV1, coreV1 } from '@kubernode/api';
import { COMPLETION_INDEX, indexOf, parseIndexes, formatIndexes } from './completion-indexes.ts';
import { judgeFailure } from './failure-policy.ts';
import { failuresBefore, isFailedPod, isIndexed, isTracked } from './job-pods.ts';
import type { Outcome } from './job-outcome.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/**
 * Ended pods are counted exactly once, whatever dies in between: their uid is written into the status, then they lose their finalizer,
 * then the uid becomes a number.
 *
 *     ended, with finalizer ──▶ uid in uncountedTerminatedPods ──▶ finalizer gone ──▶ succeeded + 1 or failed + 1
 *
 * Successes of indexed jobs need no uid: their index is enough.
 */
export interface Counted {
  succeeded: number;
  failed: number;
  uncounted: { succeeded: readonly string[]; failed: readonly string[] };
  succeededIndexes: ReadonlySet<number>;
  failedIndexes: ReadonlySet<number>;
  /** Pods that the status, once written, holds, so that their finalizer may go. */
  settled: readonly Pod[];
}

/** Once it is said that a job fails, every pod that has not succeeded counts as failed. */
export function countPods(job: Job, pods: readonly Pod[], outcome: Outcome | undefined): Counted {
  const { status, spec } = job;
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid ?? ''));
  const known = { succeeded: status?.uncountedTerminatedPods?.succeeded ?? [], failed: status?.uncountedTerminatedPods?.failed ?? [] };
  const uncounted = { succeeded: known.succeeded.filter((uid) => tracked.has(uid)), failed: known.failed.filter((uid) => tracked.has(uid)) };
  const indexed = isIndexed(job);
  const succeededIndexes = new Set(parseIndexes(status?.completedIndexes, spec?.completions ?? 0));
  const failedIndexes = new Set(parseIndexes(status?.failedIndexes, spec?.completions ?? 0));
  const settled: Pod[] = [];
  for (const pod of pods.filter(isTracked)) {
    const uid = pod.metadata.uid ?? '';
    const index = indexed ? indexOf(pod) : undefined;
    const inRange = !indexed || (index !== undefined && index < (spec?.completions ?? 0));
    if (pod.status?.phase === 'Succeeded' && !uncounted.failed.includes(uid)) {
      if (indexed && inRange) succeededIndexes.add(index ?? 0);
      else if (!indexed && !uncounted.succeeded.includes(uid)) uncounted.succeeded.push(uid);
    } else if (isFailedPod(pod, job) || outcome?.type === 'FailureTarget') {
      if (index !== undefined && isFailedPod(pod, job) && failsIndex(job, pod)) failedIndexes.add(index);
      else if (outcome === undefined && waitsForSuccessor(job, pod, pods)) continue;
      if (inRange && !uncounted.failed.includes(uid) && judgeFailure(spec?.podFailurePolicy, pod)?.action !== 'Ignore') uncounted.failed.push(uid);
    } else continue;
    settled.push(pod);
  }
  for (const index of succeededIndexes) failedIndexes.delete(index);
  return {
    succeeded: indexed ? succeededIndexes.size : (status?.succeeded ?? 0) + known.succeeded.length - uncounted.succeeded.filter((uid) => known.succeeded.includes(uid)).length,
    failed: (status?.failed ?? 0) + known.failed.length - uncounted.failed.filter((uid) => known.failed.includes(uid)).length,
    uncounted, succeededIndexes, failedIndexes, settled,
  };
}

function failsIndex({ spec }: Job, pod: Pod): boolean {
  if (spec?.backoffLimitPerIndex === undefined) return false;
  const action = judgeFailure(spec.podFailurePolicy, pod)?.action;
  return action === 'FailIndex' || (action !== 'Ignore' && failuresBefore(pod) >= spec.backoffLimitPerIndex);
}

/** The last failed pod of an index stays until its successor, which carries the count of failures on, is there. */
function waitsForSuccessor({ spec }: Job, pod: Pod, pods: readonly Pod[]): boolean {
  if (spec?.backoffLimitPerIndex === undefined) return false;
  return !pods.some((other) => other.metadata.annotations?.[COMPLETION_INDEX] === pod.metadata.annotations?.[COMPLETION_INDEX] && failuresBefore(other) > failuresBefore(pod));
}

/** The counted part of a status; zeros stay away as in Kubernetes. */
export function countedStatus(job: Job, { succeeded, failed, uncounted, succeededIndexes, failedIndexes }: Counted): batchV1.JobStatus {
  return {
    ...(succeeded > 0 && { succeeded }), ...(failed > 0 && { failed }),
    ...(isIndexed(job) && succeededIndexes.size > 0 && { completedIndexes: formatIndexes(succeededIndexes) }),
    ...(job.spec?.backoffLimitPerIndex !== undefined && { failedIndexes: formatIndexes(failedIndexes) }),
    uncountedTerminatedPods: { ...(uncounted.succeeded.length > 0 && { succeeded: [...uncounted.succeeded] }), ...(uncounted.failed.length > 0 && { failed: [...uncounted.failed] }) },
  };
}

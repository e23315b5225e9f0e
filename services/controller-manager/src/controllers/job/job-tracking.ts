import { formatTime } from '@kubernode/apimachinery';
import type { batchV1, coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';
import { countsAsFailure } from './failure-policy.ts';
import { formatIntervals, includesIndex, parseIntervals } from './index-intervals.ts';
import { withStatement } from './job-conditions.ts';
import type { Outcome } from './job-outcome.ts';
import { indexOf, isCountable, isFailedPod, isIndexed, isTracked } from './job-pods.ts';
import type { Tally } from './job-tally.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;
type Status = batchV1.JobStatus;

/**
 * Ended pods are counted exactly once, whatever dies in between. Each arrow is one write, and each can be repeated from what is stored:
 *
 *     ended, with finalizer ──▶ uid in uncountedTerminatedPods ──▶ finalizer gone ──▶ succeeded + 1 or failed + 1
 *
 * Successes of indexed jobs need no uid: their index is enough.
 */
export interface Noted {
  /** To be written before any of `letGo` loses its finalizer. */
  status: Status;
  letGo: readonly Pod[];
  /** The failed among them whose failure was new. */
  failed: readonly Pod[];
  /** More ended pods wait for the next round. */
  full: boolean;
}

/** What is true of a job after its pods were made or deleted. */
export interface Observed { job: Job; pods: readonly Pod[]; tally: Tally; outcome: Outcome | undefined }

/** Keeps a status below some 20 KB. */
const UNCOUNTED_MAX = 500;

/** Counts the uids whose pods were let go, and notes the pods that ended since. `status` has all but the counts. */
export function noteEnded(observed: Observed, status: Status): Noted {
  const { job, pods, tally } = observed;
  const counted = countLetGo(status, new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid ?? '')));
  const succeeded = new Set(counted.uncountedTerminatedPods?.succeeded);
  const failed = new Set(counted.uncountedTerminatedPods?.failed);
  const known = parseIntervals(status.completedIndexes, job.spec?.completions ?? 0);
  const letGo: Pod[] = [];
  const newlyFailed: Pod[] = [];
  let newIndexes = 0;
  for (const pod of inOrder(job, pods)) {
    if (succeeded.size + failed.size + newIndexes >= UNCOUNTED_MAX) return { status: withNoted(job, tally, counted, { succeeded, failed }), letGo, failed: newlyFailed, full: true };
    if (!mayLetGo(observed, pod)) continue;
    letGo.push(pod);
    const uid = pod.metadata.uid ?? '';
    if (pod.status?.phase === 'Succeeded' && !failed.has(uid)) {
      if (!isIndexed(job)) succeeded.add(uid);
      else if (isCountable(pod, job) && !includesIndex(known, indexOf(pod) ?? 0)) newIndexes++;
    } else if (isEnded(observed, pod) && !failed.has(uid)) {
      newlyFailed.push(pod);
      if (countsAsFailure(job.spec?.podFailurePolicy, pod)) failed.add(uid);
    }
  }
  return { status: withNoted(job, tally, counted, { succeeded, failed }), letGo, failed: newlyFailed, full: false };
}

/** Turns the uids of pods that have lost their finalizer into numbers. */
export function countLetGo(status: Status, tracked: ReadonlySet<string>): Status {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const left = { succeeded: succeeded.filter((uid) => tracked.has(uid)), failed: failed.filter((uid) => tracked.has(uid)) };
  return {
    ...status,
    ...withCount('succeeded', (status.succeeded ?? 0) + succeeded.length - left.succeeded.length),
    ...withCount('failed', (status.failed ?? 0) + failed.length - left.failed.length),
    uncountedTerminatedPods: { ...(left.succeeded.length > 0 && { succeeded: left.succeeded }), ...(left.failed.length > 0 && { failed: left.failed }) },
  };
}

/** The final condition, once every pod has ended and is counted; else the status as it is. */
export function finishedStatus(status: Status, { outcome }: Pick<Observed, 'outcome'>, nowMs: number): Status {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (outcome === undefined || succeeded.length + failed.length + (status.terminating ?? 0) > 0) return status;
  const type = finalType(outcome);
  const conditions = withStatement(status.conditions ?? [], { type, status: 'True', reason: outcome.reason, message: outcome.message }, nowMs);
  return { ...status, conditions: [...conditions], ...(type === 'Complete' && { completionTime: formatTime(nowMs) }) };
}

export function finalType({ type }: Outcome): 'Complete' | 'Failed' { return type === 'FailureTarget' ? 'Failed' : 'Complete'; }

/** Indexes are noted in order. */
function inOrder(job: Job, pods: readonly Pod[]): readonly Pod[] {
  const tracked = pods.filter(isTracked);
  return isIndexed(job) ? tracked.sort((a, b) => (indexOf(a) ?? -1) - (indexOf(b) ?? -1)) : tracked;
}

/** A job that ends needs no pod any more; else those that ended go, but for one that waits for its successor. */
function mayLetGo({ job, tally, outcome }: Observed, pod: Pod): boolean {
  if (job.metadata.deletionTimestamp !== undefined || outcome !== undefined || pod.status?.phase === 'Succeeded') return true;
  if (!isFailedPod(pod, job)) return false;
  const index = indexOf(pod);
  return index === undefined || tally.awaitingSuccessor.get(index) !== pod;
}

/** Once a job fails, every pod of it that has not succeeded has failed. */
function isEnded({ job, outcome }: Observed, pod: Pod): boolean {
  return (isFailedPod(pod, job) || outcome?.type === 'FailureTarget') && isCountable(pod, job);
}

function withNoted(job: Job, tally: Tally, status: Status, { succeeded, failed }: { succeeded: ReadonlySet<string>; failed: ReadonlySet<string> }): Status {
  const uncountedTerminatedPods = { ...(succeeded.size > 0 && { succeeded: [...succeeded] }), ...(failed.size > 0 && { failed: [...failed] }) };
  if (!isIndexed(job)) return { ...status, uncountedTerminatedPods };
  const { completedIndexes: _completed, failedIndexes: _failed, succeeded: _succeeded, ...rest } = status;
  return {
    ...rest, uncountedTerminatedPods, ...withCount('succeeded', tally.succeeded),
    ...(tally.succeededIndexes.length > 0 && { completedIndexes: formatIntervals(tally.succeededIndexes) }),
    ...(tally.failedIndexes !== undefined && { failedIndexes: formatIntervals(tally.failedIndexes) }),
  };
}

/** Zeros stay away as in Kubernetes. */
function withCount(name: 'succeeded' | 'failed', count: number): Partial<Status> { return count > 0 ? { [name]: count } : {}; }

/** Says how the job is going to end, where that is not said yet. */
export function withInterim(conditions: readonly batchV1.JobCondition[], outcome: Outcome | undefined, nowMs: number): readonly batchV1.JobCondition[] {
  if (outcome === undefined || conditionOf(conditions, outcome.type)?.status === 'True') return conditions;
  return withStatement(conditions, { type: outcome.type, status: 'True', reason: outcome.reason, message: outcome.message }, nowMs);
}

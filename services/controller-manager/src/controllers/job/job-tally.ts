import type { batchV1, coreV1 } from '@kubernode/api';
import { isActivePod, isReadyPod, isTerminatingPod } from '../pods.ts';
import { countsAsFailure, judgeFailure } from './failure-policy.ts';
import { finishedMs } from './finish-time.ts';
import { countOf, includesIndex, parseIntervals, withIndexes, type Intervals } from './index-intervals.ts';
import { failureCountOf, hasLimitPerIndex, ignoredFailureCountOf, indexOf, isCountable, isFailedPod, isIndexed, isTracked } from './job-pods.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** What is known of a job's pods: those its status has counted, and those that ended since. */
export interface Tally {
  active: readonly Pod[];
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
  /** Of an indexed job. */
  succeededIndexes: Intervals;
  /** Of a job with a limit for each index; else undefined. */
  failedIndexes: Intervals | undefined;
  /** Failed pods that stay until their index has a successor, which carries their count of failures on. */
  awaitingSuccessor: ReadonlyMap<number, Pod>;
}

export function tallyOf(job: Job, pods: readonly Pod[]): Tally {
  const active = pods.filter(isActivePod);
  const { status, spec } = job;
  const uncounted = { succeeded: new Set(status?.uncountedTerminatedPods?.succeeded), failed: new Set(status?.uncountedTerminatedPods?.failed) };
  const isNew = (pod: Pod, known: ReadonlySet<string>): boolean => isTracked(pod) && isCountable(pod, job) && !known.has(pod.metadata.uid ?? '');
  const newlySucceeded = pods.filter((pod) => pod.status?.phase === 'Succeeded' && isNew(pod, uncounted.succeeded));
  const newlyFailed = pods.filter((pod) => isFailedPod(pod, job) && isNew(pod, uncounted.failed) && countsAsFailure(spec?.podFailurePolicy, pod));
  const succeededIndexes = succeededIndexesOf(job, pods);
  const failedIndexes = failedIndexesOf(job, pods);
  return {
    active, ready: active.filter(isReadyPod).length, terminating: pods.filter(isTerminatingPod).length,
    succeeded: isIndexed(job) ? countOf(succeededIndexes) : (status?.succeeded ?? 0) + newlySucceeded.length + uncounted.succeeded.size,
    failed: (status?.failed ?? 0) + newlyFailed.length + uncounted.failed.size,
    succeededIndexes, failedIndexes, awaitingSuccessor: failedIndexes === undefined ? new Map() : lastFailedPods(job, pods, { active, done: [succeededIndexes, failedIndexes] }),
  };
}

/** Only pods with their finalizer are new; the others are in the status. */
function succeededIndexesOf(job: Job, pods: readonly Pod[]): Intervals {
  if (!isIndexed(job)) return [];
  const known = parseIntervals(job.status?.completedIndexes, job.spec?.completions ?? 0);
  return withIndexes(known, indexesOf(pods.filter((pod) => pod.status?.phase === 'Succeeded' && isTracked(pod) && isCountable(pod, job))));
}

function failedIndexesOf(job: Job, pods: readonly Pod[]): Intervals | undefined {
  if (!isIndexed(job) || !hasLimitPerIndex(job)) return undefined;
  const known = parseIntervals(job.status?.failedIndexes, job.spec?.completions ?? 0);
  return withIndexes(known, indexesOf(pods.filter((pod) => isTracked(pod) && isCountable(pod, job) && failsIndex(job, pod))));
}

function failsIndex(job: Job, pod: Pod): boolean {
  if (!isFailedPod(pod, job)) return false;
  const action = judgeFailure(job.spec?.podFailurePolicy, pod)?.action;
  return action === 'FailIndex' || (action !== 'Ignore' && failureCountOf(pod) >= (job.spec?.backoffLimitPerIndex ?? Infinity));
}

/** Of each index that needs another pod, the failed pod that knows best how often it failed. */
function lastFailedPods(job: Job, pods: readonly Pod[], { active, done }: { active: readonly Pod[]; done: readonly Intervals[] }): Map<number, Pod> {
  const running = new Set(indexesOf(active));
  const last = new Map<number, Pod>();
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || !isTracked(pod) || !isCountable(pod, job) || !isFailedPod(pod, job)) continue;
    if (running.has(index) || done.some((intervals) => includesIndex(intervals, index))) continue;
    const known = last.get(index);
    if (known === undefined || (allFailures(known) <= allFailures(pod) && finishedMs(pod) >= finishedMs(known))) last.set(index, pod);
  }
  return last;
}

function allFailures(pod: Pod): number { return failureCountOf(pod) + ignoredFailureCountOf(pod); }

/** The indexes of pods, of those that have one. */
export function indexesOf(pods: readonly Pod[]): number[] { return pods.map(indexOf).filter((index) => index !== undefined); }

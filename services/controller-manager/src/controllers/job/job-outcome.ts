import { timeToMs } from '@kubernode/apimachinery';
import type { batchV1, coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';
import { judgeFailure } from './failure-policy.ts';
import { countOf } from './index-intervals.ts';
import { isFailedPod, isIndexed } from './job-pods.ts';
import type { Tally } from './job-tally.ts';
import { judgeSuccess } from './success-policy.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/**
 * How a job is going to end. It is said first by the interim condition of this `type`; the final one, Complete or Failed, has the same
 * reason and message and comes when no pod is left to count.
 */
export interface Outcome { type: 'SuccessCriteriaMet' | 'FailureTarget'; reason: string; message: string }

/** What was once decided stands; then failures go before successes. The usual end, all completions reached, is `completedOutcome`. */
export function outcomeOf(job: Job, pods: readonly Pod[], tally: Tally, nowMs: number): Outcome | undefined {
  return decidedBefore(job) ?? failedByPolicy(job, pods) ?? pastLimits(job, pods, tally, nowMs) ?? indexFailures(job, tally) ?? bySuccessPolicy(job, tally);
}

/** Whether nothing more is to be decided about a job. */
export function finishedCondition({ status }: { status?: batchV1.JobStatus | undefined }): batchV1.JobCondition | undefined {
  return status?.conditions?.find(({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True');
}

/** As many have succeeded as were asked for (where no number was: one), and no pod is active. */
export function completedOutcome({ spec }: Job, succeeded: number, active: number): Outcome | undefined {
  if (active > 0 || succeeded < (spec?.completions ?? 1)) return undefined;
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
}

/** How long until the job has been active for too long; undefined when it may be so forever. */
export function deadlineInMs({ spec, status }: Job, nowMs: number): number | undefined {
  const startedMs = timeToMs(status?.startTime);
  if (spec?.activeDeadlineSeconds === undefined || spec.suspend === true || startedMs === undefined || startedMs === null) return undefined;
  return Math.max(0, startedMs + spec.activeDeadlineSeconds * 1000 - nowMs);
}

function decidedBefore({ status }: Job): Outcome | undefined {
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const found = conditionOf(status?.conditions, type);
    if (found?.status === 'True') return { type, reason: found.reason ?? '', message: found.message ?? '' };
  }
  return undefined;
}

function failure(reason: string, message: string): Outcome { return { type: 'FailureTarget', reason, message }; }

function failedByPolicy(job: Job, pods: readonly Pod[]): Outcome | undefined {
  for (const pod of pods) {
    const verdict = isFailedPod(pod, job) ? judgeFailure(job.spec?.podFailurePolicy, pod) : undefined;
    if (verdict?.action === 'FailJob') return failure('PodFailurePolicy', verdict.message);
  }
  return undefined;
}

function pastLimits(job: Job, pods: readonly Pod[], { failed }: Tally, nowMs: number): Outcome | undefined {
  const limit = job.spec?.backoffLimit ?? 6;
  if (failed > limit || restartsReach(job, pods, limit)) return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  return deadlineInMs(job, nowMs) === 0 ? failure('DeadlineExceeded', 'Job was active longer than specified deadline') : undefined;
}

/** Where containers restart in their pod, restarts count as failures. */
function restartsReach({ spec }: Job, pods: readonly Pod[], limit: number): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...status?.initContainerStatuses ?? [], ...status?.containerStatuses ?? []])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function indexFailures({ spec }: Job, { failedIndexes, succeededIndexes }: Tally): Outcome | undefined {
  const failed = failedIndexes === undefined ? 0 : countOf(failedIndexes);
  if (failed === 0) return undefined;
  if (failed > (spec?.maxFailedIndexes ?? Infinity)) return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  return failed + countOf(succeededIndexes) >= (spec?.completions ?? 0) ? failure('FailedIndexes', 'Job has failed indexes') : undefined;
}

function bySuccessPolicy(job: Job, { succeededIndexes }: Tally): Outcome | undefined {
  const message = isIndexed(job) ? judgeSuccess(job.spec ?? {}, succeededIndexes) : undefined;
  return message === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

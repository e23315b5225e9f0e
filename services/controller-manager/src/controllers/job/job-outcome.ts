import { timeToMs } from '@kubernode/apimachinery';
import type { batchV1, coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';
import { parseIndexes } from './completion-indexes.ts';
import { judgeFailure } from './failure-policy.ts';
import { isFailedPod } from './job-pods.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** How a job is about to end. The final condition has the same reason and message. */
export interface Outcome { type: 'SuccessCriteriaMet' | 'FailureTarget'; reason: string; message: string }

/** What is counted of a job's pods before it is judged. */
export interface Tally {
  pods: readonly Pod[];
  active: number;
  succeeded: number;
  failed: number;
  succeededIndexes: ReadonlySet<number>;
  failedIndexes: ReadonlySet<number>;
}

/** Whether the job is over, and why; what was once decided stands. */
export function outcomeOf(job: Job, tally: Tally, nowMs: number): Outcome | undefined {
  return decidedBefore(job) ?? failedByPolicy(job, tally.pods) ?? pastLimits(job, tally, nowMs) ?? indexFailures(job, tally) ?? bySuccessPolicy(job, tally.succeededIndexes);
}

export function isOver({ status }: Job): boolean { return (['Complete', 'Failed'] as const).some((type) => conditionOf(status?.conditions, type)?.status === 'True'); }

/** The usual end: as many have succeeded as were asked for, and none is left. */
export function completed({ spec }: Job, { succeeded }: Tally, active: number): Outcome | undefined {
  const done = active === 0 && (spec?.completions === undefined ? succeeded > 0 : succeeded >= spec.completions);
  return done ? { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
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

function pastLimits(job: Job, { pods, failed }: Tally, nowMs: number): Outcome | undefined {
  const limit = job.spec?.backoffLimit ?? 6;
  if (failed > limit || restartsPast(job, pods, limit)) return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  return deadlineInMs(job, nowMs) === 0 ? failure('DeadlineExceeded', 'Job was active longer than specified deadline') : undefined;
}

/** How long until the job has been active for too long; undefined when it may be so forever. */
export function deadlineInMs({ spec, status }: Job, nowMs: number): number | undefined {
  const startedMs = timeToMs(status?.startTime);
  if (spec?.activeDeadlineSeconds === undefined || spec.suspend === true || startedMs === undefined) return undefined;
  return Math.max(0, startedMs + spec.activeDeadlineSeconds * 1000 - nowMs);
}

/** Where containers restart in their pod, restarts count as failures. */
function restartsPast({ spec }: Job, pods: readonly Pod[], limit: number): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...status?.initContainerStatuses ?? [], ...status?.containerStatuses ?? []])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function indexFailures({ spec }: Job, { failedIndexes, succeededIndexes }: Tally): Outcome | undefined {
  if (spec?.backoffLimitPerIndex === undefined) return undefined;
  if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes) return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  return failedIndexes.size > 0 && failedIndexes.size + succeededIndexes.size >= (spec.completions ?? 0) ? failure('FailedIndexes', 'Job has failed indexes') : undefined;
}

function bySuccessPolicy({ spec }: Job, succeeded: ReadonlySet<number>): Outcome | undefined {
  const index = spec?.successPolicy?.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeeded.size >= (succeededCount ?? Infinity);
    const wanted = parseIndexes(succeededIndexes, spec.completions ?? 0);
    const matching = [...wanted].filter((one) => succeeded.has(one)).length;
    return matching >= (succeededCount ?? wanted.size);
  }) ?? -1;
  return index < 0 ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: `Matched rules at index ${index}` };
}

import { formatTime, matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import { batchV1Resources, coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { claim, controller, controllerOf, nothingToDo, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';
import { claimablePods, isReadyPod, isTerminatingPod, podsByController } from '../pods.ts';
import { sameJson } from '../same-json.ts';
import { countedStatus, countPods, type Counted } from './job-counts.ts';
import { completed, deadlineInMs, isOver, outcomeOf, type Outcome, type Tally } from './job-outcome.ts';
import { activePods, deletePods, dropFinalizers, isTracked } from './job-pods.ts';
import { jobSize } from './job-size.ts';

type Job = Readonly<batchV1.Job>;
type Condition = batchV1.JobCondition;

const jobs = batchV1Resources.jobs;
const OWN_MANAGER = 'kubernetes.io/job-controller';

/** Without its job, pods that still wait to be counted. */
export interface JobSnapshot { job: Job | undefined; candidates: readonly Readonly<coreV1.Pod>[] }

/** Jobs: pods until as many have succeeded as wished, or too many have failed. */
export const jobController: Controller = controller<JobSnapshot>({
  name: 'job',
  component: 'job-controller',
  watches: [
    watch({ resource: jobs, keys: ownKey }),
    watch({
      resource: coreV1Resources.pods, indexes: podsByController,
      keys: ({ object, previous }, listers) => [object, previous].flatMap((pod) => {
        if (pod === undefined) return [];
        const namespace = pod.metadata.namespace ?? '';
        const owner = controllerOf(pod);
        if (owner !== undefined) return owner.kind === 'Job' ? [`${namespace}/${owner.name}`] : [];
        return listers.of(jobs).inNamespace(namespace).filter(({ spec }) => spec?.selector !== undefined && matchesLabels(selectorFromLabelSelector(spec.selector), pod.metadata.labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
      }),
    }),
  ],
  read(key, listers) {
    const job = listers.of(jobs).get(key);
    if (job !== undefined) return { job, candidates: claimablePods(listers, job) };
    const [namespace = '', name] = key.split('/');
    const left = listers.of(coreV1Resources.pods).inNamespace(namespace).filter((pod) => isTracked(pod) && controllerOf(pod)?.kind === 'Job' && controllerOf(pod)?.name === name);
    return left.length === 0 ? undefined : { job, candidates: left };
  },
  reconcile,
});

/** Counts, judges, then makes or deletes pods; the status is written before counted pods are let go. */
export function reconcile({ job, candidates }: JobSnapshot, nowMs: number): Plan {
  if (job === undefined) return { actions: [dropFinalizers(candidates)] };
  if ((job.spec?.managedBy ?? OWN_MANAGER) !== OWN_MANAGER) return nothingToDo;
  const selector = selectorFromLabelSelector(job.spec?.selector);
  const { owned, actions: claims } = claim(job, jobs, selector, candidates, coreV1Resources.pods);
  if (isOver(job)) return { actions: [dropFinalizers(owned)] };
  const active = activePods(owned);
  const first = countPods(job, owned, undefined);
  const tally: Tally = {
    pods: owned, active: active.length, succeeded: first.succeeded + first.uncounted.succeeded.length, failed: first.failed + first.uncounted.failed.length,
    succeededIndexes: first.succeededIndexes, failedIndexes: first.failedIndexes,
  };
  const started = job.status?.startTime === undefined && job.spec?.suspend !== true ? { ...job, status: { ...job.status, startTime: formatTime(nowMs) } } : job;
  const decided = outcomeOf(started, tally, nowMs);
  const size = decided === undefined && job.metadata.deletionTimestamp === undefined ? jobSize(job, owned, tally, nowMs) : { actions: [], active: active.length };
  const outcome = decided ?? completed(job, tally, size.active);
  const pods = decided === undefined ? size.actions : deletePods(job, active, { uncounted: false });
  const counted = countPods(job, owned, outcome);
  return {
    actions: [...claims, ...pods, ...statusActions(started, { job, counted, outcome, active: outcome === undefined ? size.active : 0, terminating: owned.filter(isTerminatingPod).length + (decided === undefined ? 0 : active.length), ready: decided === undefined ? active.filter(isReadyPod).length : 0, nowMs })],
    againAfterMs: earliest(deadlineInMs(started, nowMs), size.againAfterMs),
  };
}

interface Observed { job: Job; counted: Counted; outcome: Outcome | undefined; active: number; terminating: number; ready: number; nowMs: number }

function statusActions(started: Job, { job, counted, outcome, active, terminating, ready, nowMs }: Observed): Action[] {
  const { status } = started;
  const suspension = outcome === undefined ? suspensionOf(job) : undefined;
  const finished = outcome !== undefined && job.status?.conditions?.some(({ type }) => type === outcome.type) === true && counted.uncounted.succeeded.length + counted.uncounted.failed.length + active + terminating === 0;
  const final = finished && outcome !== undefined ? outcome.type === 'FailureTarget' ? 'Failed' : 'Complete' : undefined;
  const conditions = [outcome, suspension, final === undefined || outcome === undefined ? undefined : { ...outcome, type: final }]
    .reduce<readonly Condition[]>((list, one) => (one === undefined ? list : noted(list, one, nowMs)), status?.conditions ?? []);
  const startTime = suspension?.type === 'Suspended' && suspension.status === 'True' ? undefined : suspension?.status === 'False' ? formatTime(nowMs) : status?.startTime;
  const next: batchV1.JobStatus = {
    ...countedStatus(job, counted), ...(active > 0 && { active }), ready, terminating,
    ...(startTime !== undefined && { startTime }), ...(conditions.length > 0 && { conditions: [...conditions] }),
    ...(final === 'Complete' ? { completionTime: formatTime(nowMs) } : status?.completionTime !== undefined && { completionTime: status.completionTime }),
  };
  const events: Action[] = [
    ...(final === 'Complete' ? [tell(job, 'Normal', 'Completed', 'Job completed')] : final === 'Failed' ? [tell(job, 'Warning', outcome?.reason ?? '', outcome?.message ?? '')] : []),
    ...(suspension === undefined ? [] : [tell(job, 'Normal', suspension.status === 'True' ? 'Suspended' : 'Resumed', suspension.message)]),
  ];
  const letGo = dropFinalizers(counted.settled);
  return sameJson(next, job.status) ? [letGo] : [{ do: 'update', resource: jobs, object: { ...job, status: next }, subresource: 'status', then: () => [...events, letGo] }];
}

/** Undefined when the condition says it already; a job that was never suspended gets none. */
function suspensionOf({ spec, status }: Job): { type: string; status: string; reason: string; message: string } | undefined {
  const known = conditionOf(status?.conditions, 'Suspended')?.status;
  if (spec?.suspend === true) return known === 'True' ? undefined : { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' };
  return known === 'True' ? { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' } : undefined;
}

function noted(conditions: readonly Condition[], { type, status = 'True', reason, message }: { type: string; status?: string; reason: string; message: string }, nowMs: number): readonly Condition[] {
  if (conditionOf(conditions, type)?.status === status) return conditions;
  const time = formatTime(nowMs);
  const made: Condition = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
  return conditions.some((one) => one.type === type) ? conditions.map((one) => (one.type === type ? made : one)) : [...conditions, made];
}

function tell(about: Job, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }

function earliest(...waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined && ms > 0) as number[]; // filtered
  return known.length === 0 ? undefined : Math.min(...known);
}

import { formatLabelSelector, formatTime, selectorFromLabelSelector, sameJson } from '@kubernode/apimachinery';
import { batchV1Resources, coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { adoptingOwner, claim, controller, controllerOf, wouldAdopt, type Action, type Controller, type Plan, type Reach } from '@kubernode/controller';
import { isReadyPod } from '../pods.ts';
import { FailureMemory } from './back-off.ts';
import { judgeFailure } from './failure-policy.ts';
import { suspensionOf, withStatement } from './job-conditions.ts';
import { completedOutcome, deadlineInMs, finishedCondition, outcomeOf, type Outcome } from './job-outcome.ts';
import { isFailedPod, isTracked, TRACKING_FINALIZER } from './job-pods.ts';
import { sizingOf, type Sizing } from './job-size.ts';
import { externalManager, jobWatches, readJob, type JobSnapshot } from './job-snapshot.ts';
import { tallyOf, type Tally } from './job-tally.ts';
import { countLetGo, finalType, finishedStatus, noteEnded, withInterim, type Observed } from './job-tracking.ts';
import { noJobMetrics, type JobMetrics } from './metrics.ts';
import { createPods, deletePods, dropFinalizers, tell } from './pod-actions.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

const jobs = batchV1Resources.jobs;
/** After failures, and between looks at the same job, at least this long. */
const WAIT_MIN_MS = 1000;
/** A quota that refuses pods does so for long, and each try is an event; a conflict, the other reason to try again, is over at once. Kubernetes begins at a second. */
const RETRY = { retryDelayMs: 200, retryDelayMaxMs: 60_000 };

/** Jobs: pods until as many have succeeded as wished, or too many have failed. */
export function jobController(metrics: JobMetrics = noJobMetrics): Controller {
  const memory = new FailureMemory();
  const others = new Map<string, string | undefined>(); // uids of jobs that other controllers see to, by key
  return controller<JobSnapshot>({
    name: 'job',
    component: 'job-controller',
    retry: RETRY,
    watches: jobWatches,
    read(key, listers) {
      const job = listers.of(jobs).get(key);
      const manager = job === undefined ? undefined : externalManager(job);
      if (manager === undefined) others.delete(key);
      else if (!others.has(key) || others.get(key) !== job?.metadata.uid) { others.set(key, job?.metadata.uid); metrics.onExternal(manager); }
      return readJob(key, listers, { memory, metrics });
    },
    ask: askServer,
    reconcile,
    onLook: ({ snapshot: { job }, seconds, error }) => { if (job !== undefined) metrics.onLook(job, seconds, error !== undefined); },
  });
}

async function askServer(snapshot: JobSnapshot, reach: Reach): Promise<JobSnapshot> {
  if (snapshot.job === undefined || finishedCondition(snapshot.job) !== undefined) return snapshot;
  const asked = await askPods(snapshot, reach);
  return wouldAdopt(selectorFromLabelSelector(snapshot.job.spec?.selector), asked.pods) ? { ...asked, job: await adoptingOwner(snapshot.job, jobs, reach) } : asked;
}

/**
 * The local copy of pods may be older than the job: then a pod that was counted and let go would look like one that has just ended.
 * Where something would be counted on such a copy, the server says how the pods are.
 */
async function askPods(snapshot: JobSnapshot, { client, signal }: Reach): Promise<JobSnapshot> {
  const { job, pods, fresh } = snapshot;
  if (job === undefined || fresh || !isAboutToCount(job, pods)) return snapshot;
  const { items } = await client.list(coreV1Resources.pods, { signal, namespace: job.metadata.namespace, labelSelector: formatLabelSelector(selectorFromLabelSelector(job.spec?.selector)) });
  return { ...snapshot, fresh: true, pods: items.filter((pod) => (controllerOf(pod)?.uid ?? job.metadata.uid) === job.metadata.uid) };
}

function isAboutToCount(job: Job, pods: readonly Pod[]): boolean {
  const { succeeded = [], failed = [] } = job.status?.uncountedTerminatedPods ?? {};
  const ended = (pod: Pod): boolean => isTracked(pod) && (pod.status?.phase === 'Succeeded' || isFailedPod(pod, job));
  return succeeded.length + failed.length > 0 || pods.some(ended) || outcomeOf(job, pods, tallyOf(job, pods), 0) !== undefined;
}

/** Counts, judges, then makes or deletes pods; the status is written before counted pods are let go. */
export function reconcile({ job, pods, orphans, failures, metrics }: JobSnapshot, nowMs: number): Plan {
  const freed = dropFinalizers(orphans);
  if (job === undefined) return { actions: freed };
  if (finishedCondition(job) !== undefined) return { actions: [...freed, ...dropFinalizers(pods)] };
  const { owned, actions: claims } = claim(job, jobs, selectorFromLabelSelector(job.spec?.selector), pods, coreV1Resources.pods, { finalizers: [TRACKING_FINALIZER] });
  const started = withStartTime(job, nowMs);
  const all = owned.map((pod) => (controllerOf(pod) === undefined ? withFinalizer(pod) : pod));
  const tally = tallyOf(started, all);
  const outcome = outcomeOf(started, all, tally, nowMs);
  const context: Context = { job: started, stored: job, pods: all, tally, nowMs, metrics };
  if (outcome !== undefined) return { actions: [...freed, ...claims, ...ending(context, outcome)] };
  const sizing: Sizing | undefined = job.metadata.deletionTimestamp === undefined ? sizingOf(started, all, tally, { failures, nowMs }) : undefined;
  const waits = [deadlineInMs(started, nowMs), sizing?.step === 'wait' ? Math.max(WAIT_MIN_MS, sizing.waitMs) : undefined].filter((ms) => ms !== undefined);
  return { actions: [...freed, ...claims, ...running(context, sizing)], againAfterMs: waits.length === 0 ? undefined : Math.min(...waits) };
}

/** A job's time runs from when it first may have pods. */
function withStartTime(job: Job, nowMs: number): Job {
  return job.status?.startTime !== undefined || job.spec?.suspend === true ? job : { ...job, status: { ...job.status, startTime: formatTime(nowMs) } };
}

/** What an adoption in the same plan gives it. */
function withFinalizer(pod: Pod): Pod {
  return isTracked(pod) ? pod : { ...pod, metadata: { ...pod.metadata, finalizers: [...pod.metadata.finalizers ?? [], TRACKING_FINALIZER] } };
}

/** The job with its start time and as it is stored, and what is known of its pods. */
interface Context { job: Job; stored: Job; pods: readonly Pod[]; tally: Tally; nowMs: number; metrics: JobMetrics }

/** What is left after pods were made or deleted. */
interface Left { active: number; ready: number; terminating: number; outcome?: Outcome | undefined; suspensionSettled?: boolean }

/** The job ends: its pods go, each that had not succeeded counts as failed, and once none is left the job is over. */
function ending(context: Context, outcome: Outcome): readonly Action[] {
  const { job, tally: { active, ready, terminating } } = context;
  const partly = (done: number): readonly Action[] => track(context, { active: active.length - done, ready, terminating: terminating + done });
  return [
    ...deletePods(job, active, { uncounted: false, failed: (_error, done) => partly(done) }),
    ...track(context, { active: 0, ready: ready - active.filter(isReadyPod).length, terminating: terminating + active.length, outcome }),
  ];
}

/** The job goes on: as many pods as there should be. Undefined for a job that is being deleted, which gets none. */
function running(context: Context, sizing: Sizing | undefined): readonly Action[] {
  const { job, tally, metrics } = context;
  const { active: { length: active }, ready, terminating } = tally;
  const then = (left: Left): readonly Action[] => track(context, { suspensionSettled: sizing !== undefined, outcome: completedOutcome(job, tally.succeeded, left.active), ...left });
  switch (sizing?.step) {
    case undefined: case 'none': case 'wait': return [...then({ active, ready, terminating }), synced(context, 'tracking')];
    case 'create': return [
      createPods(job, sizing.indexes, {
        replacedBy: (index) => tally.awaitingSuccessor.get(index), failed: (_error, done) => then({ active: active + done, ready, terminating }),
        onCreation: (status) => { metrics.onCreation(reasonOf(job, tally), status); },
      }),
      ...then({ active: active + sizing.indexes.length, ready, terminating }), synced(context, 'pods_created'),
    ];
    case 'delete': return [
      ...deletePods(job, sizing.pods, { uncounted: true, failed: (_error, done) => then({ active: active - done, ready, terminating: terminating + done }) }),
      ...then({ active: active - sizing.pods.length, ready: ready - sizing.pods.filter(isReadyPod).length, terminating: terminating + sizing.pods.length }), synced(context, 'pods_deleted'),
    ];
  }
}

function synced({ job, metrics }: Context, action: Parameters<JobMetrics['onSync']>[1]): Action {
  return { do: 'remember', note: () => { metrics.onSync(job, action); } };
}

/** Why a pod has to be made. */
function reasonOf({ spec }: Job, { failed, terminating }: Tally): Parameters<JobMetrics['onCreation']>[0] {
  if (spec?.podReplacementPolicy === 'Failed' && failed > 0) return 'recreate_failed';
  return failed > 0 || terminating > 0 ? 'recreate_terminating_or_failed' : 'new';
}

/** Writes what ended into the status, lets those pods go, then counts them. */
function track({ job, stored, pods, tally, nowMs, metrics }: Context, { active, ready, terminating, outcome, suspensionSettled = false }: Left): readonly Action[] {
  const observed: Observed = { job, pods, tally, outcome };
  const suspended = withSuspension(job, suspensionSettled && outcome === undefined, nowMs);
  const conditions = withInterim(suspended.conditions, outcome, nowMs);
  const { active: _active, conditions: _conditions, startTime: _startTime, ...known } = job.status ?? {};
  const { status, letGo, failed, full } = noteEnded(observed, {
    ...known, ...(active > 0 && { active }), ready, terminating,
    ...(suspended.startTime !== undefined && { startTime: suspended.startTime }), ...(conditions.length > 0 && { conditions: [...conditions] }),
  });
  const after = (written: Job): readonly Action[] => {
    const gone = new Set(letGo.map(({ metadata }) => metadata.uid));
    const counted = countLetGo(status, new Set(pods.filter((pod) => isTracked(pod) && !gone.has(pod.metadata.uid)).map(({ metadata }) => metadata.uid ?? '')));
    const final = full ? counted : finishedStatus(counted, { outcome }, nowMs);
    const finished = final === counted || outcome === undefined ? [] : [...finishedEvents(job, final, outcome), finishedNote(job, outcome, metrics)];
    return [...dropFinalizers(letGo), ...writeStatus({ written, metrics }, status, final, () => finished)];
  };
  const handled = failed.map((pod) => judgeFailure(job.spec?.podFailurePolicy, pod)?.action).filter((action) => action !== undefined);
  const note: Action = { do: 'remember', note: () => { metrics.onFailuresHandled(handled); } };
  if (sameJson(status, stored.status)) return [note, ...after(stored)];
  return writeStatus({ written: stored, metrics }, stored.status ?? {}, status, (written) => [...suspended.events, note, ...after(written)]);
}

/** What follows is done when the status was written; nothing is, when it is that already. */
function writeStatus({ written: job, metrics }: { written: Job; metrics: JobMetrics }, known: batchV1.JobStatus, status: batchV1.JobStatus, then: (written: Job) => readonly Action[]): readonly Action[] {
  if (sameJson(status, known)) return [];
  const counted: Action = { do: 'remember', note: () => { metrics.onCounted(job, known, status); } };
  return [{ do: 'update', resource: jobs, object: { ...job, status }, subresource: 'status', then: (written) => [counted, ...then(written as Job)] }]; // a Job was written
}

function finishedNote(job: Job, outcome: Outcome, metrics: JobMetrics): Action {
  return { do: 'remember', note: () => { metrics.onFinished(job, { result: finalType(outcome) === 'Failed' ? 'failed' : 'succeeded', reason: outcome.reason }); } };
}

interface Suspension { conditions: readonly batchV1.JobCondition[]; startTime: string | undefined; events: readonly Action[] }

/** A job that is held has no start; one that goes on starts anew, so that its deadline counts the time it was let run. */
function withSuspension(job: Job, settled: boolean, nowMs: number): Suspension {
  const before = job.status?.conditions ?? [];
  const said = suspensionOf(job);
  const conditions = settled ? withStatement(before, said, nowMs) : before;
  if (conditions === before) return { conditions, startTime: job.status?.startTime, events: [] };
  const held = said.status === 'True';
  return { conditions, startTime: held ? undefined : formatTime(nowMs), events: [tell(job, 'Normal', held ? 'Suspended' : 'Resumed', said.message)] };
}

function finishedEvents(job: Job, { succeeded = 0 }: batchV1.JobStatus, outcome: Outcome): readonly Action[] {
  if (finalType(outcome) === 'Failed') return [tell(job, 'Warning', outcome.reason, outcome.message)];
  const tooMany = succeeded > (job.spec?.completions ?? Infinity);
  return [...(tooMany ? [tell(job, 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached')] : []), tell(job, 'Normal', 'Completed', 'Job completed')];
}


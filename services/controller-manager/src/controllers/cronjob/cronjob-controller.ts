import { formatTime, timeToMs } from '@kubernode/apimachinery';
import { batchV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { controller, controllerOf, controllerReference, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';
import { sameJson } from '../same-json.ts';
import { cronTimes, type CronTimes } from './cron-times.ts';

type CronJob = Readonly<batchV1.CronJob>;
type Job = Readonly<batchV1.Job>;

const cronJobs = batchV1Resources.cronjobs;
const jobs = batchV1Resources.jobs;
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** The clock that wakes us may be a little early. */
const LATE_MS = 100;
const MISSED_MAX = 100;

export interface CronJobSnapshot { cron: CronJob; owned: readonly Job[] }

/** CronJobs: a Job each time the schedule says so. */
export const cronJobController: Controller = controller<CronJobSnapshot>({
  name: 'cronjob',
  component: 'cronjob-controller',
  watches: [
    watch({ resource: cronJobs, keys: ownKey }),
    watch({
      resource: jobs, indexes: { cronUid: (job) => [controllerOf(job)?.uid ?? ''] },
      keys: ({ object, previous }) => [object, previous].flatMap((job) => {
        const owner = job && controllerOf(job);
        return owner?.kind === 'CronJob' ? [`${job?.metadata.namespace ?? ''}/${owner.name}`] : [];
      }),
    }),
  ],
  read(key, listers) {
    const cron = listers.of(cronJobs).get(key);
    return cron === undefined ? undefined : { cron, owned: listers.of(jobs).byIndex('cronUid', cron.metadata.uid ?? '') };
  },
  reconcile,
});

/** Notes what ended, forgets what is old, starts what is due. */
export function reconcile({ cron, owned }: CronJobSnapshot, nowMs: number): Plan {
  const { status, events } = observed(cron, owned);
  const cleaned = [...events, ...historyDeletions(cron, owned)];
  const noted = (actions: readonly Action[] = [], againAfterMs?: number): Plan => ({ actions: [...cleaned, ...(sameJson(status, cron.status ?? {}) ? [] : [writeStatus(cron, status)]), ...actions], againAfterMs });
  if (cron.metadata.deletionTimestamp !== undefined || cron.spec?.suspend === true) return noted();
  const times = cronTimes(cron.spec?.schedule ?? '', cron.spec?.timeZone);
  if (times === undefined) return noted([tell(cron, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${cron.spec?.schedule ?? ''}"`)]);
  const { dueMs, missed } = lastDue(cron, times, nowMs);
  const nextMs = times.next(nowMs);
  const againAfterMs = nextMs === undefined ? undefined : nextMs - nowMs + LATE_MS;
  if (dueMs === undefined) return noted([], againAfterMs);
  const warning = missed > MISSED_MAX ? [tell(cron, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew')] : [];
  const deadline = cron.spec?.startingDeadlineSeconds;
  if (deadline !== undefined && dueMs + deadline * 1000 < nowMs) return noted([...warning, tell(cron, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(dueMs)}`)], againAfterMs);
  const running = status.active ?? [];
  if (cron.spec?.concurrencyPolicy === 'Forbid' && running.length > 0) return noted([...warning, tell(cron, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid')], againAfterMs);
  const replaced = cron.spec?.concurrencyPolicy === 'Replace' ? owned.filter(({ metadata }) => running.some(({ uid }) => uid === metadata.uid)) : [];
  const kept = replaced.length > 0 ? { ...status, active: [] } : status;
  return { actions: [...cleaned, ...warning, ...replaced.map((job) => deleteJob(cron, job)), createJob(cron, kept, dueMs)], againAfterMs };
}

function observed(cron: CronJob, owned: readonly Job[]): { status: batchV1.CronJobStatus; events: Action[] } {
  const events: Action[] = [];
  let { lastSuccessfulTime } = cron.status ?? {};
  const known = cron.status?.active ?? [];
  const active = known.filter(({ uid, name }) => {
    const job = owned.find(({ metadata }) => metadata.uid === uid);
    const end = job === undefined ? undefined : endOf(job);
    if (job === undefined) events.push(tell(cron, 'Normal', 'MissingJob', `Active job went missing: ${name ?? ''}`));
    else if (end !== undefined) events.push(tell(cron, 'Normal', 'SawCompletedJob', `Saw completed job: ${name ?? ''}, condition: ${end}`));
    return job !== undefined && end === undefined;
  });
  for (const job of owned) {
    const { completionTime } = job.status ?? {};
    if (endOf(job) === 'Complete' && completionTime !== undefined && (timeToMs(completionTime) ?? 0) > (timeToMs(lastSuccessfulTime) ?? 0)) lastSuccessfulTime = completionTime;
    const forgotten = endOf(job) === undefined && !known.some(({ uid }) => uid === job.metadata.uid);
    if (forgotten) active.push(referenceTo(job));
  }
  const { lastScheduleTime } = cron.status ?? {};
  return { events, status: { ...(active.length > 0 && { active: [...active] }), ...(lastScheduleTime !== undefined && { lastScheduleTime }), ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }) } };
}

function endOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  return (['Complete', 'Failed'] as const).find((type) => conditionOf(status?.conditions, type)?.status === 'True');
}

function referenceTo({ metadata: { name, namespace = '', uid = '', resourceVersion = '' } }: { metadata: Job['metadata'] }): coreV1.ObjectReference {
  return { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion };
}

/** Ended jobs beyond the number that is kept of each kind, oldest first. */
function historyDeletions(cron: CronJob, owned: readonly Job[]): Action[] {
  const limits = [['Complete', cron.spec?.successfulJobsHistoryLimit ?? 3], ['Failed', cron.spec?.failedJobsHistoryLimit ?? 1]] as const;
  return limits.flatMap(([end, limit]) => {
    const ended = owned.filter((job) => endOf(job) === end && job.metadata.deletionTimestamp === undefined).sort((a, b) => startMs(a) - startMs(b));
    return ended.slice(0, Math.max(0, ended.length - limit)).map((job) => deleteJob(cron, job));
  });
}

function startMs({ status, metadata }: Job): number { return timeToMs(status?.startTime) ?? timeToMs(metadata.creationTimestamp) ?? 0; }

/** The latest time that should have started a job and has not. */
function lastDue({ metadata, spec, status }: CronJob, times: CronTimes, nowMs: number): { dueMs: number | undefined; missed: number } {
  const sinceMs = timeToMs(status?.lastScheduleTime) ?? timeToMs(metadata.creationTimestamp) ?? nowMs;
  const earliestMs = spec?.startingDeadlineSeconds === undefined ? sinceMs : Math.max(sinceMs, nowMs - spec.startingDeadlineSeconds * 1000);
  const first = times.next(earliestMs);
  if (first === undefined || first > nowMs) return { dueMs: undefined, missed: 0 };
  const second = times.next(first) ?? Infinity;
  const missed = Math.floor((nowMs - first) / (second - first)) + 1;
  let dueMs = missed > 3 ? times.next(first + (missed - 3) * (second - first)) ?? first : first; // near the end at once; irregular schedules are walked
  if (dueMs > nowMs) dueMs = first;
  for (let next = times.next(dueMs); next !== undefined && next <= nowMs; next = times.next(next)) dueMs = next;
  return { dueMs, missed };
}

function createJob(cron: CronJob, status: batchV1.CronJobStatus, dueMs: number): Action {
  const { jobTemplate } = cron.spec ?? {};
  const name = `${cron.metadata.name}-${Math.floor(dueMs / 60_000)}`;
  const { labels, annotations } = jobTemplate?.metadata ?? {};
  const started: batchV1.CronJobStatus = { ...status, lastScheduleTime: formatTime(dueMs) };
  return {
    do: 'create', resource: jobs,
    object: {
      apiVersion: 'batch/v1', kind: 'Job', spec: jobTemplate?.spec,
      metadata: { name, namespace: cron.metadata.namespace ?? '', ...(labels && { labels }), annotations: { ...annotations, [SCHEDULED_AT]: formatTime(dueMs) }, ownerReferences: [controllerReference(cron, cronJobs)] },
    },
    then: (created) => [
      tell(cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`),
      writeStatus(cron, { ...started, active: [...started.active ?? [], referenceTo(created)] }),
    ],
    otherwise: (error) => (error.reason === 'AlreadyExists' ? { actions: [writeStatus(cron, started)], handled: true } : { actions: [tell(cron, 'Warning', 'FailedCreate', `Error creating job: ${error.message}`)] }),
  };
}

function deleteJob(cron: CronJob, { metadata: { name, namespace, uid } }: Job): Action {
  return { do: 'delete', resource: jobs, target: { name, namespace }, uid, propagationPolicy: 'Background', then: () => [tell(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)] };
}

function writeStatus(cron: CronJob, status: batchV1.CronJobStatus): Action {
  return { do: 'update', resource: cronJobs, object: { ...cron, status }, subresource: 'status' };
}

function tell(about: CronJob, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }

function rfc1123(ms: number): string { return new Date(ms).toUTCString().replace('GMT', '+0000'); }

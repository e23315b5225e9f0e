import { formatTime, goQuote, isTimeZone, parseCronSchedule, timeToMs, type StatusError, sameJson } from '@kubernode/apimachinery';
import { batchV1Resources, type batchV1 } from '@kubernode/api';
import { controllerOf, type Action, type Plan } from '@kubernode/controller';
import { finishedCondition } from '../job/job-outcome.ts';
import { isNamespaceTerminating } from '../pods.ts';
import { nextTimeOf, type NextTime } from './cron-times.ts';
import type { CronJobSnapshot } from './cronjob-snapshot.ts';
import { jobNameOf, jobOf, referenceTo } from './job-of-cron.ts';
import { dueTime, untilNext } from './schedule-times.ts';

type CronJob = Readonly<batchV1.CronJob>;
type Job = Readonly<batchV1.Job>;
type Status = batchV1.CronJobStatus;

const cronJobs = batchV1Resources.cronjobs;
const jobs = batchV1Resources.jobs;

/** Notes what ended, forgets what is old, starts what is due. */
export function reconcile(snapshot: CronJobSnapshot, nowMs: number): Plan {
  const { cron } = snapshot;
  const old = beyondHistory(snapshot);
  const { status, events } = observed(snapshot, new Set(old.map(({ metadata }) => metadata.uid)));
  const cleaned = [...old.map((job) => deleteOld(cron, job)), ...events];
  const write = (next: Status): readonly Action[] => (sameJson(next, cron.status ?? {}) ? [] : [{ do: 'update', resource: cronJobs, object: { ...cron, status: next }, subresource: 'status' }]);
  const rest = (said: readonly Action[] = [], againAfterMs?: number): Plan => ({ actions: [...cleaned, ...said, ...write(status)], againAfterMs });
  if (cron.metadata.deletionTimestamp !== undefined) return rest();
  const { timeZone, suspend = false } = cron.spec ?? {};
  const schedule = cron.spec?.schedule ?? '';
  if (timeZone !== undefined && !isTimeZone(timeZone)) return rest([warn(cron, 'UnknownTimeZone', `invalid timeZone: ${goQuote(timeZone)}: unknown time zone ${timeZone}`)]);
  if (suspend) return rest();
  const unsupported = schedule.includes('TZ') ? [warn(cron, 'UnsupportedSchedule', `CRON_TZ or TZ used in schedule ${goQuote(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`)] : [];
  const times = timesOf(cron);
  if ('fault' in times) return rest([...unsupported, warn(cron, 'UnparseableSchedule', `unparseable schedule: ${goQuote(schedule)} : ${times.fault}`)]);
  const due = dueTime(cron, times.next, nowMs);
  if ('fault' in due) return rest([...unsupported, warn(cron, 'InvalidSchedule', `invalid schedule: ${schedule} : ${due.fault}`)]);
  const { dueMs, tooManyMissed } = due;
  if (dueMs === undefined) return rest(unsupported, untilNext(cron, times.next, nowMs));
  const said = [...unsupported, ...(tooManyMissed ? [warn(cron, 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew')] : [])];
  const held = heldBack(cron, status, dueMs, nowMs);
  if (held !== undefined) return rest([...said, ...held], untilNext(cron, times.next, nowMs));
  return { actions: [...cleaned, ...said, ...start(snapshot, status, dueMs, write)], againAfterMs: untilNext(cron, times.next, nowMs) };
}

/** The times of a CronJob; its own time zone does not count where the schedule names one. */
export function timesOf({ spec }: CronJob): { next: NextTime } | { fault: string } {
  const parsed = parseCronSchedule(spec?.schedule ?? '');
  return 'fault' in parsed ? parsed : { next: nextTimeOf(parsed.schedule, spec?.timeZone) };
}

/** What keeps a due job from starting, as far as it is said; undefined when nothing does. */
function heldBack(cron: CronJob, { active = [] }: Status, dueMs: number, nowMs: number): readonly Action[] | undefined {
  const { startingDeadlineSeconds, concurrencyPolicy } = cron.spec ?? {};
  if (startingDeadlineSeconds !== undefined && dueMs + startingDeadlineSeconds * 1000 < nowMs) return [warn(cron, 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(dueMs)}`)];
  if (active.some(({ name }) => name === jobNameOf(cron, dueMs)) || timeToMs(cron.status?.lastScheduleTime) === dueMs) return [];
  if (concurrencyPolicy === 'Forbid' && active.length > 0) return [tell(cron, 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid')];
  return undefined;
}

/** What became of the jobs since. Jobs that others made under its name are told of, but are not its own; nothing is said of those just deleted. */
function observed({ cron, owned, missing }: CronJobSnapshot, deleted: ReadonlySet<string | undefined>): { status: Status; events: readonly Action[] } {
  const events: Action[] = [];
  let active = (cron.status?.active ?? []).filter(({ uid }) => !deleted.has(uid));
  let { lastSuccessfulTime } = cron.status ?? {};
  for (const job of owned) {
    const { name, uid } = job.metadata;
    const isActive = active.some((one) => one.uid === uid);
    const end = finishedCondition(job);
    if (end === undefined) {
      if (!isActive) events.push(warn(cron, 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`));
      continue;
    }
    if (isActive) events.push(tell(cron, 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end.type}`));
    active = active.filter((one) => one.uid !== uid);
    const { completionTime } = job.status ?? {};
    if (isSuccessful(job) && completionTime !== undefined && (timeToMs(completionTime) ?? 0) > (timeToMs(lastSuccessfulTime) ?? -Infinity)) lastSuccessfulTime = completionTime;
  }
  for (const { name = '', uid = '' } of active) if (missing.has(uid)) events.push(tell(cron, 'MissingJob', `Active job went missing: ${name}`));
  return { events, status: statusOf(cron, active.filter(({ uid = '' }) => !missing.has(uid)), lastSuccessfulTime) };
}

function isSuccessful({ status }: Job): boolean { return status?.conditions?.some(({ type, status: holds }) => type === 'Complete' && holds === 'True') === true; }

function statusOf({ status }: CronJob, active: NonNullable<Status['active']>, lastSuccessfulTime: string | undefined): Status {
  const { lastScheduleTime } = status ?? {};
  return { ...(active.length > 0 && { active: [...active] }), ...(lastScheduleTime !== undefined && { lastScheduleTime }), ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }) };
}

/** Ended jobs beyond the number that is kept of each kind, oldest first. */
function beyondHistory({ cron, owned }: CronJobSnapshot): readonly Job[] {
  const limits = [['Complete', cron.spec?.successfulJobsHistoryLimit], ['Failed', cron.spec?.failedJobsHistoryLimit]] as const;
  return limits.flatMap(([end, limit]) => {
    const ended = owned.filter((job) => finishedCondition(job)?.type === end && job.metadata.deletionTimestamp === undefined).sort(byStart);
    return ended.slice(0, Math.max(0, ended.length - (limit ?? Infinity)));
  });
}

/** One that cannot be deleted is tried again the next time. */
function deleteOld(cron: CronJob, { metadata }: Job): Action {
  return { ...deleteJob(cron, metadata), otherwise: (error) => ({ actions: [failedDelete(cron, error)], handled: true }) };
}

/** Those that never started are the youngest; of those that started at once, the name decides. */
function byStart(a: Job, b: Job): number {
  const [startA, startB] = [a, b].map(({ status }) => timeToMs(status?.startTime) ?? Infinity) as [number, number]; // two of two
  return startA === startB ? (a.metadata.name < b.metadata.name ? -1 : 1) : startA - startB;
}

/** Starts the job of a time. One that is there already, from before a crash, is taken note of. */
function start({ cron, named, metrics }: CronJobSnapshot, status: Status, dueMs: number, write: (status: Status) => readonly Action[]): readonly Action[] {
  const replaced = cron.spec?.concurrencyPolicy === 'Replace' ? status.active ?? [] : [];
  const deletions = replaced.map(({ name = '', namespace, uid }) => ({ ...deleteJob(cron, { name, namespace, uid }), otherwise: (error: StatusError) => ({ actions: [failedDelete(cron, error), ...write(status)] }) }));
  const { active: _active, ...inactive } = status;
  const kept: Status = replaced.length > 0 ? inactive : status;
  const started = (job: { metadata: Job['metadata'] }): Status => ({ ...kept, active: [...kept.active ?? [], referenceTo(job)], lastScheduleTime: formatTime(dueMs) });
  const there = named(jobNameOf(cron, dueMs));
  if (there !== undefined) return [...deletions, ...write(controllerOf(there)?.uid === cron.metadata.uid ? started(there) : kept)];
  return [...deletions, {
    do: 'create', resource: jobs, object: jobOf(cron, dueMs),
    then: (created) => [
      { do: 'remember', note: () => { metrics.onCreated((timeToMs(created.metadata.creationTimestamp) ?? dueMs) - dueMs); } },
      tell(cron, 'SuccessfulCreate', `Created job ${created.metadata.name}`), ...write(started(created)),
    ],
    otherwise: (error) => (error.reason === 'AlreadyExists' || isNamespaceTerminating(error) ? { actions: write(kept) } : { actions: [warn(cron, 'FailedCreate', `Error creating job: ${error.message}`), ...write(kept)] }),
  }];
}

function deleteJob(cron: CronJob, { name, namespace, uid }: { name: string; namespace?: string | undefined; uid?: string | undefined }): Extract<Action, { do: 'delete' }> {
  return { do: 'delete', resource: jobs, target: { name, namespace }, uid, propagationPolicy: 'Background', then: () => [tell(cron, 'SuccessfulDelete', `Deleted job ${name}`)] };
}

function failedDelete(cron: CronJob, { message }: StatusError): Action { return warn(cron, 'FailedDelete', `Deleted job: ${message}`); }

function tell(about: CronJob, reason: string, message: string): Action { return { do: 'event', about, type: 'Normal', reason, message }; }

function warn(about: CronJob, reason: string, message: string): Action { return { do: 'event', about, type: 'Warning', reason, message }; }

function rfc1123(ms: number): string { return new Date(ms).toUTCString().replace('GMT', '+0000'); }

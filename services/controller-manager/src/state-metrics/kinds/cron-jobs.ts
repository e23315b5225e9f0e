import { batchV1Resources } from '@kubernode/api';
import type { batchV1 } from '@kubernode/api';
import { timeToMs } from '@kubernode/apimachinery';
import { timesOf } from '../../controllers/cronjob/reconcile-cronjob.ts';
import { figure, info, moment, type Family, type StateKind } from '../family.ts';

type CronJob = batchV1.CronJob;

const families: readonly Family<CronJob>[] = [
  info('kube_cronjob_info', 'Info about cronjob.', ({ spec }) => ({ schedule: spec?.schedule ?? '', concurrency_policy: spec?.concurrencyPolicy ?? '', timezone: spec?.timeZone ?? 'local' })),
  moment('kube_cronjob_created', 'Unix creation timestamp', ({ metadata }) => metadata.creationTimestamp),
  figure('kube_cronjob_status_active', 'Active holds pointers to currently running jobs.', ({ status }) => status?.active?.length ?? 0),
  moment('kube_cronjob_status_last_schedule_time', 'LastScheduleTime keeps information of when was the last time the job was successfully scheduled.', ({ status }) => status?.lastScheduleTime),
  moment('kube_cronjob_status_last_successful_time', 'LastSuccessfulTime keeps information of when was the last time the job was completed successfully.', ({ status }) => status?.lastSuccessfulTime),
  figure('kube_cronjob_spec_suspend', 'Suspend flag tells the controller to suspend subsequent executions.', ({ spec }) => spec?.suspend === true),
  figure('kube_cronjob_spec_starting_deadline_seconds', 'Deadline in seconds for starting the job if it misses scheduled time for any reason.', ({ spec }) => spec?.startingDeadlineSeconds),
  figure('kube_cronjob_next_schedule_time', 'Next time the cronjob should be scheduled.', nextScheduleTime),
  figure('kube_cronjob_schedule_invalid', 'Emitted with value 1 for cronjobs whose schedule, in its configured timezone, cannot be parsed.', (cron) => 'fault' in timesOf(cron) || undefined),
  figure('kube_cronjob_metadata_resource_version', 'Resource version representing a specific version of the cronjob.', ({ metadata }) => Number(metadata.resourceVersion)),
  figure('kube_cronjob_spec_successful_job_history_limit', 'Successful job history limit tells the controller how many completed jobs should be preserved.', ({ spec }) => spec?.successfulJobsHistoryLimit),
  figure('kube_cronjob_spec_failed_job_history_limit', 'Failed job history limit tells the controller how many failed jobs should be preserved.', ({ spec }) => spec?.failedJobsHistoryLimit),
];

export const cronJobs: StateKind<CronJob> = { resource: batchV1Resources.cronjobs, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, cronjob: name }), families };

/** The time after the last start or, before the first, after the creation; nothing while it is suspended. */
function nextScheduleTime(cron: Readonly<CronJob>): number | undefined {
  const times = timesOf(cron);
  if ('fault' in times || cron.spec?.suspend === true) return undefined;
  const ms = times.next(timeToMs(cron.status?.lastScheduleTime) ?? timeToMs(cron.metadata.creationTimestamp) ?? 0);
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}

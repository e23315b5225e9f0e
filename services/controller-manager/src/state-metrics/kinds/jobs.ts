import { batchV1Resources } from '@kubernode/api';
import type { batchV1 } from '@kubernode/api';
import { figure, gauge, info, moment, ownerSamples, statusSamples, type Family, type Sample, type StateKind } from '../family.ts';

type Job = batchV1.Job;

const FAILURE_REASONS = ['BackoffLimitExceeded', 'DeadlineExceeded', 'Evicted'];

const families: readonly Family<Job>[] = [
  info('kube_job_info', 'Information about job.', () => ({})),
  moment('kube_job_created', 'Unix creation timestamp', ({ metadata }) => metadata.creationTimestamp),
  figure('kube_job_spec_parallelism', 'The maximum desired number of pods the job should run at any given time.', ({ spec }) => spec?.parallelism),
  figure('kube_job_spec_completions', 'The desired number of successfully finished pods the job should be run with.', ({ spec }) => spec?.completions),
  figure('kube_job_spec_active_deadline_seconds', 'The duration in seconds relative to the startTime that the job may be active before the system tries to terminate it.', ({ spec }) => spec?.activeDeadlineSeconds),
  figure('kube_job_status_succeeded', 'The number of pods which reached Phase Succeeded.', ({ status }) => status?.succeeded ?? 0),
  gauge('kube_job_status_failed', 'The number of pods which reached Phase Failed and the reason for failure.', failedSamples),
  figure('kube_job_status_active', 'The number of actively running pods.', ({ status }) => status?.active ?? 0),
  figure('kube_job_status_ready', 'The number of ready pods that belong to this Job.', ({ status }) => status?.ready),
  gauge('kube_job_complete', 'The job has completed its execution.', (job) => conditionSamples(job, 'Complete')),
  gauge('kube_job_failed', 'The job has failed its execution.', (job) => conditionSamples(job, 'Failed')),
  moment('kube_job_status_start_time', 'StartTime represents time when the job was acknowledged by the Job Manager.', ({ status }) => status?.startTime),
  moment('kube_job_status_completion_time', 'CompletionTime represents time when the job was completed.', ({ status }) => status?.completionTime),
  figure('kube_job_status_suspended', 'The number of suspended jobs.', ({ status }) => { const suspended = status?.conditions?.find(({ type }) => type === 'Suspended'); return suspended && suspended.status === 'True'; }),
  gauge('kube_job_owner', "Information about the Job's owner.", ownerSamples),
];

export const jobs: StateKind<Job> = { resource: batchV1Resources.jobs, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, job_name: name }), families };

function conditionSamples({ status }: Readonly<Job>, type: string): readonly Sample[] {
  return (status?.conditions ?? []).filter((condition) => condition.type === type).flatMap((condition) => statusSamples(condition.status, {}, 'condition'));
}

/** 0 without labels where nothing failed; else which of the known reasons the Job failed for, or, without one of them, how many pods did. */
function failedSamples({ status }: Readonly<Job>): readonly Sample[] {
  const failed = status?.failed ?? 0;
  if (failed === 0) return [{ value: 0 }];
  const reason = status?.conditions?.find(({ type }) => type === 'Failed')?.reason ?? '';
  if (!FAILURE_REASONS.includes(reason)) return [{ labels: { reason: '' }, value: failed }];
  return FAILURE_REASONS.map((one) => ({ labels: { reason: one }, value: Number(one === reason) }));
}

import type { batchV1 } from '@kubernode/api';
import { Counter, Histogram, type Registry } from 'prom-client';
import { countOf, parseIntervals } from './index-intervals.ts';
import { hasLimitPerIndex, isIndexed } from './job-pods.ts';

type Job = Readonly<batchV1.Job>;
type Status = Readonly<batchV1.JobStatus>;

/** Told of what became of jobs and their pods, once it is stored. */
export interface JobMetrics {
  /** A look at a job was carried out. */
  onSync(job: Job, action: 'tracking' | 'pods_created' | 'pods_deleted'): void;
  /** The status was written. */
  onCounted(job: Job, before: Status, after: Status): void;
  /** Failed pods were noted that a rule matched: the actions of the rules. */
  onFailuresHandled(actions: readonly string[]): void;
  /** A pod was made, or could not be made; `replaces` tells why one had to be. */
  onCreation(replaces: 'new' | 'recreate_terminating_or_failed' | 'recreate_failed', status: 'succeeded' | 'failed'): void;
  onFinished(job: Job, end: { result: 'succeeded' | 'failed'; reason: string }): void;
  /** A look took so long; `failed` when it was not carried out. */
  onLook(job: Job, seconds: number, failed: boolean): void;
  /** A new job that another controller sees to. */
  onExternal(manager: string): void;
}

/** Counts nothing. */
export const noJobMetrics: JobMetrics = { onSync: () => undefined, onCounted: () => undefined, onFailuresHandled: () => undefined, onCreation: () => undefined, onFinished: () => undefined, onLook: () => undefined, onExternal: () => undefined };

const PREFIX = 'job_controller';

/** Kubernetes' metrics of jobs. For one registry as often as one likes: a new term of the leader goes on counting. */
export function jobMetrics(registry: Registry): JobMetrics {
  const counter = (name: string, help: string, labelNames: string[]): Counter => {
    const full = `${PREFIX}_${name}`;
    return (registry.getSingleMetric(full) as Counter | undefined) ?? new Counter({ name: full, help, labelNames, registers: [registry] }); // made here alone
  };
  const syncs = counter('job_syncs_total', 'The number of job syncs', ['completion_mode', 'result', 'action']);
  const DURATION = `${PREFIX}_job_sync_duration_seconds`;
  const duration = (registry.getSingleMetric(DURATION) as Histogram | undefined) // made here alone
    ?? new Histogram({ name: DURATION, help: 'The time it took to sync a job', labelNames: ['completion_mode', 'result', 'action'], buckets: Array.from({ length: 15 }, (_none, i) => 0.004 * 2 ** i), registers: [registry] });
  const external = counter('jobs_by_external_controller_total', 'The number of Jobs managed by an external controller', ['controller_name']);
  const acts = new Map<string, string>(); // of looks that are not over, by the job's uid
  const finished = counter('jobs_finished_total', 'The number of finished jobs', ['completion_mode', 'result', 'reason']);
  const pods = counter('job_pods_finished_total', 'The number of finished Pods that are fully tracked', ['completion_mode', 'result']);
  const indexes = counter('job_finished_indexes_total', 'The number of finished indexes', ['status', 'backoffLimit']);
  const handled = counter('pod_failures_handled_by_failure_policy_total', 'The number of failed Pods handled by failure policy with respect to the failure policy action applied based on the matched rule', ['action']);
  const created = counter('job_pods_creation_total', 'The number of Pods created by the Job controller labelled with a reason for the Pod creation', ['reason', 'status']);
  return {
    onSync: (job, action) => { acts.set(job.metadata.uid ?? '', action); },
    onLook(job, seconds, failed) {
      const uid = job.metadata.uid ?? '';
      const labels = { completion_mode: modeOf(job), result: failed ? 'error' : 'success', action: acts.get(uid) ?? 'reconciling' };
      acts.delete(uid);
      syncs.inc(labels);
      duration.observe(labels, seconds);
    },
    onExternal: (controller_name) => { external.inc({ controller_name }); },
    onCounted(job, before, after) {
      const completion_mode = modeOf(job);
      const succeeded = isIndexed(job) ? grownBy(before.completedIndexes, after.completedIndexes, job) : (after.succeeded ?? 0) - (before.succeeded ?? 0);
      pods.inc({ completion_mode, result: 'succeeded' }, Math.max(0, succeeded));
      pods.inc({ completion_mode, result: 'failed' }, Math.max(0, (after.failed ?? 0) - (before.failed ?? 0)));
      if (!isIndexed(job)) return;
      const backoffLimit = hasLimitPerIndex(job) ? 'perIndex' : 'global';
      indexes.inc({ status: 'succeeded', backoffLimit }, Math.max(0, succeeded));
      if (hasLimitPerIndex(job)) indexes.inc({ status: 'failed', backoffLimit }, Math.max(0, grownBy(before.failedIndexes, after.failedIndexes, job)));
    },
    onFailuresHandled: (actions) => { for (const action of actions) handled.inc({ action }); },
    onCreation: (reason, status) => { created.inc({ reason, status }); },
    onFinished: (job, { result, reason }) => { finished.inc({ completion_mode: modeOf(job), result, reason }); },
  };
}

function modeOf(job: Job): string { return isIndexed(job) ? 'Indexed' : 'NonIndexed'; }

function grownBy(before: string | undefined, after: string | undefined, { spec }: Job): number {
  const count = (text: string | undefined): number => countOf(parseIntervals(text, spec?.completions ?? 0));
  return count(after) - count(before);
}

export interface TtlMetrics {
  /** A job was deleted so long after it could be. */
  onDeleted(lateMs: number): void;
}

/** Kubernetes' metric of jobs that are deleted after their time. */
export function ttlMetrics(registry: Registry): TtlMetrics {
  const name = 'ttl_after_finished_controller_job_deletion_duration_seconds';
  const late = (registry.getSingleMetric(name) as Histogram | undefined) // made here alone
    ?? new Histogram({ name, help: 'The time it took to delete the job since it became eligible for deletion', buckets: Array.from({ length: 14 }, (_none, i) => 0.1 * 2 ** i), registers: [registry] });
  return { onDeleted: (lateMs) => { late.observe(lateMs / 1000); } };
}

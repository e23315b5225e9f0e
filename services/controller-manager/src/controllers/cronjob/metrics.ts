import { Histogram, type Registry } from 'prom-client';

export interface CronJobMetrics {
  /** A job was made so long after its time. */
  onCreated(lateMs: number): void;
}

/** Kubernetes' metric of CronJobs. For one registry as often as one likes: a new term of the leader goes on counting. */
export function cronJobMetrics(registry: Registry): CronJobMetrics {
  const name = 'cronjob_controller_job_creation_skew_duration_seconds';
  const skew = (registry.getSingleMetric(name) as Histogram | undefined) // made here alone
    ?? new Histogram({ name, help: 'Time between when a cronjob is scheduled to be run, and when the corresponding job is created', buckets: Array.from({ length: 10 }, (_none, i) => 2 ** i), registers: [registry] });
  return { onCreated: (lateMs) => { skew.observe(lateMs / 1000); } };
}

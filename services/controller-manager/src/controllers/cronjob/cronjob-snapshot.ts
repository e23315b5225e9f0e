import { isNotFound } from '@kubernode/apimachinery';
import { batchV1Resources, type batchV1 } from '@kubernode/api';
import { controllerOf, type Listers, type Reach } from '@kubernode/controller';
import { finishedCondition } from '../job/job-outcome.ts';
import type { CronJobMetrics } from './metrics.ts';

type CronJob = Readonly<batchV1.CronJob>;
type Job = Readonly<batchV1.Job>;

export interface CronJobSnapshot {
  cron: CronJob;
  /** The jobs that name it as their controller, whoever made them. */
  owned: readonly Job[];
  /** Active jobs that are gone, by their uid. */
  missing: ReadonlySet<string>;
  /** Any job of the namespace. */
  named(name: string): Job | undefined;
  /** Told of what is done. */
  metrics: CronJobMetrics;
}

const cronJobs = batchV1Resources.cronjobs;
const jobs = batchV1Resources.jobs;

/** `namespace/name` of the CronJob that a job names as its controller. */
export function cronKeyOf(job: Job | undefined): string | undefined {
  const owner = job && controllerOf(job);
  return owner?.kind === 'CronJob' ? `${job?.metadata.namespace ?? ''}/${owner.name}` : undefined;
}

export function readCronJob(key: string, listers: Listers, metrics: CronJobMetrics): CronJobSnapshot | undefined {
  const cron = listers.of(cronJobs).get(key);
  if (cron === undefined) return undefined;
  const owned = listers.of(jobs).byIndex('cronJob', key);
  const known = new Set(owned.map(({ metadata }) => metadata.uid));
  return {
    cron, owned, metrics, missing: new Set((cron.status?.active ?? []).map(({ uid = '' }) => uid).filter((uid) => !known.has(uid))),
    named: (name) => listers.of(jobs).get(`${cron.metadata.namespace ?? ''}/${name}`),
  };
}

/** What the local copies show may be old: a job that seems gone is looked for, and a job that seems forgotten too. */
export async function askCronJob(snapshot: CronJobSnapshot, { client, signal }: Reach): Promise<CronJobSnapshot> {
  const { cron, owned, missing } = snapshot;
  const active = cron.status?.active ?? [];
  const forgotten = owned.some((job) => finishedCondition(job) === undefined && !active.some(({ uid }) => uid === job.metadata.uid));
  const gone = new Set<string>();
  for (const { uid = '', name = '', namespace } of active) {
    if (!missing.has(uid)) continue;
    const found = await client.get(jobs, { name, namespace }, { signal }).then(() => true, (error: unknown) => { if (isNotFound(error)) return false; throw error; });
    if (!found) gone.add(uid);
  }
  if (!forgotten) return { ...snapshot, missing: gone };
  const { name, namespace } = cron.metadata;
  const fresh = await client.get(cronJobs, { name, namespace }, { signal });
  return { ...snapshot, missing: gone, cron: fresh.metadata.uid === cron.metadata.uid ? fresh : cron };
}

import { batchV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { formatTime } from '@kubernode/apimachinery';
import { controllerReference } from '@kubernode/controller';
import { wallClock } from './wall-clock.ts';

type CronJob = Readonly<batchV1.CronJob>;
type Job = Readonly<batchV1.Job>;

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** By the minute, so that no time starts two jobs. */
export function jobNameOf({ metadata: { name } }: CronJob, dueMs: number): string { return `${name}-${Math.floor(dueMs / 60_000)}`; }

export function jobOf(cron: CronJob, dueMs: number): unknown {
  const { jobTemplate, timeZone } = cron.spec ?? {};
  const { labels = {}, annotations } = jobTemplate?.metadata ?? {};
  return {
    apiVersion: 'batch/v1', kind: 'Job', spec: jobTemplate?.spec,
    metadata: {
      name: jobNameOf(cron, dueMs), namespace: cron.metadata.namespace ?? '', ...(Object.keys(labels).length > 0 && { labels }),
      annotations: { ...annotations, [SCHEDULED_AT]: zonedTime(dueMs, timeZone ?? 'UTC') }, ownerReferences: [controllerReference(cron, batchV1Resources.cronjobs)],
    },
  };
}

export function referenceTo({ metadata: { name, namespace = '', uid = '', resourceVersion = '' } }: { metadata: Job['metadata'] }): coreV1.ObjectReference {
  return { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion };
}

/** As the zone's clocks show it, with their distance from UTC. */
function zonedTime(ms: number, timeZone: string): string {
  const offsetMs = wallClock(timeZone).offsetMs(ms);
  if (offsetMs === 0) return formatTime(ms);
  const minutes = Math.abs(offsetMs) / 60_000;
  const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${formatTime(ms + offsetMs).slice(0, -1)}${offsetMs < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
}

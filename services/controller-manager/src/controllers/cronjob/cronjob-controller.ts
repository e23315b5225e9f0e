import { batchV1Resources, type batchV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, watch, type Controller } from '@kubernode/controller';
import type { InformerChange } from '@kubernode/client';
import { askCronJob, cronKeyOf, readCronJob, type CronJobSnapshot } from './cronjob-snapshot.ts';
import type { CronJobMetrics } from './metrics.ts';
import { reconcile, timesOf } from './reconcile-cronjob.ts';
import { untilNext } from './schedule-times.ts';

/** CronJobs: a Job each time the schedule says so. */
export function cronJobController(clock: Pick<Clock, 'now'>, metrics: CronJobMetrics): Controller {
  return controller<CronJobSnapshot>({
    name: 'cronjob',
    component: 'cronjob-controller',
    watches: [
      watch<batchV1.CronJob>({ resource: batchV1Resources.cronjobs, keys: ({ key }) => [key], batchMs: (change) => waitOf(change, clock.now()) }),
      watch<batchV1.Job>({
        resource: batchV1Resources.jobs, indexes: { cronJob: (job) => [cronKeyOf(job) ?? ''] },
        keys: ({ object, previous }) => [object, previous].map(cronKeyOf).filter((key) => key !== undefined),
      }),
    ],
    read: (key, listers) => readCronJob(key, listers, metrics),
    ask: askCronJob,
    reconcile,
  });
}

/** A new schedule does not make up for times before it: its next time is waited for. */
function waitOf({ object, previous }: InformerChange<batchV1.CronJob>, nowMs: number): number {
  if (object === undefined || previous === undefined) return 0;
  if (object.spec?.schedule === previous.spec?.schedule && object.spec?.timeZone === previous.spec?.timeZone) return 0;
  const times = timesOf(object);
  return 'fault' in times ? 0 : untilNext(object, times.next, nowMs) ?? 0;
}

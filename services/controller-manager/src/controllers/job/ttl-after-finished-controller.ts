import { timeToMs } from '@kubernode/apimachinery';
import { batchV1Resources, type batchV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import type { TtlMetrics } from './metrics.ts';
import { finishedCondition } from './job-outcome.ts';

type Job = Readonly<batchV1.Job>;

const jobs = batchV1Resources.jobs;

/** Deletes jobs, with what is theirs, some time after they ended. */
export function ttlAfterFinishedController(metrics: TtlMetrics): Controller {
  return controller<Job>({
    name: 'ttl-after-finished',
    component: 'ttl-after-finished-controller',
    watches: [watch({ resource: jobs, keys: ownKey })],
    read: (key, listers) => listers.of(jobs).get(key),
    reconcile: (job, nowMs) => reconcile(job, nowMs, metrics),
  });
}

/** The version that was looked at is the condition of the deletion: a job whose time was changed meanwhile is looked at again. */
export function reconcile({ metadata: { name, namespace, uid, resourceVersion, deletionTimestamp }, spec, status }: Job, nowMs: number, metrics: TtlMetrics): Plan {
  const ended = finishedCondition({ status });
  if (spec?.ttlSecondsAfterFinished === undefined || ended === undefined || deletionTimestamp !== undefined) return nothingToDo;
  const leftMs = (timeToMs(ended.lastTransitionTime) ?? nowMs) + spec.ttlSecondsAfterFinished * 1000 - nowMs;
  if (leftMs > 0) return { actions: [], againAfterMs: leftMs };
  const noted = { do: 'remember', note: () => { metrics.onDeleted(-leftMs); } } as const;
  return { actions: [{ do: 'delete', resource: jobs, target: { name, namespace }, uid, resourceVersion, propagationPolicy: 'Foreground', then: () => [noted] }] };
}

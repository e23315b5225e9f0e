import { timeToMs } from '@kubernode/apimachinery';
import { batchV1Resources, type batchV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';

type Job = Readonly<batchV1.Job>;

const jobs = batchV1Resources.jobs;

/** Deletes jobs, with what is theirs, some time after they ended. */
export const ttlAfterFinishedController: Controller = controller<Job>({
  name: 'ttl-after-finished',
  component: 'ttl-after-finished-controller',
  watches: [watch({ resource: jobs, keys: ownKey })],
  read: (key, listers) => listers.of(jobs).get(key),
  reconcile,
});

export function reconcile({ metadata: { name, namespace, uid, resourceVersion, deletionTimestamp }, spec, status }: Job, nowMs: number): Plan {
  const ended = (['Complete', 'Failed'] as const).map((type) => conditionOf(status?.conditions, type)).find((one) => one?.status === 'True');
  if (spec?.ttlSecondsAfterFinished === undefined || ended === undefined || deletionTimestamp !== undefined) return nothingToDo;
  const leftMs = (timeToMs(ended.lastTransitionTime) ?? nowMs) + spec.ttlSecondsAfterFinished * 1000 - nowMs;
  if (leftMs > 0) return { actions: [], againAfterMs: leftMs };
  return { actions: [{ do: 'delete', resource: jobs, target: { name, namespace }, uid, resourceVersion, propagationPolicy: 'Foreground' }] };
}

import { batchV1Resources, type ResourceRef } from '@kubernode/api';
import { isConflict, isNotFound, StatusError, type ObjectMeta } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import { TransportError, type Client } from '@kubernode/client';
import { between, oneOf } from '../chance.ts';
import type { UserAction } from './user-action.ts';
import { NAMES, template } from './workloads.ts';

interface CronJob { metadata: ObjectMeta; spec?: { suspend?: boolean } }

const cronJobs = batchV1Resources.cronjobs as unknown as ResourceRef<CronJob>; // what is needed of one

const nameOf = (rng: Rng): string => `tick-${oneOf(rng, NAMES)}`;

/** What its jobs do: something short, or something that takes longer than there is time for. */
const command = (rng: Rng): readonly string[] => oneOf(rng, [['sh', '-c', 'exit 0'], ['sh', '-c', 'exit 0'], ['sleep', 'infinity']]);

export const createCronJob: UserAction = ({ client, rng, namespace, signal }) => {
  const name = nameOf(rng);
  const jobTemplate = { spec: { activeDeadlineSeconds: between(rng, 60, 300), template: template(rng, { app: name }, { command: command(rng), restartPolicy: 'Never' }) } };
  const spec = {
    schedule: oneOf(rng, ['* * * * *', '*/2 * * * *', '*/5 * * * *']), concurrencyPolicy: oneOf(rng, ['Allow', 'Forbid', 'Replace']), successfulJobsHistoryLimit: between(rng, 0, 3), failedJobsHistoryLimit: between(rng, 0, 2),
    ...oneOf(rng, [{}, { startingDeadlineSeconds: 30 }, { startingDeadlineSeconds: 200 }]), jobTemplate,
  };
  return client.create(cronJobs, { metadata: { name, namespace }, spec }, { signal });
};

export const changeCronJob: UserAction = ({ client, rng, namespace, signal }) => {
  const body = { spec: oneOf(rng, [{ suspend: true }, { suspend: false }, { suspend: false, concurrencyPolicy: oneOf(rng, ['Allow', 'Forbid', 'Replace']) }, { successfulJobsHistoryLimit: between(rng, 0, 3) }]) };
  return client.patch(cronJobs, { name: nameOf(rng), namespace }, { type: 'merge', body }, { signal });
};

export const deleteCronJob: UserAction = ({ client, rng, namespace, signal }) => client.delete(cronJobs, { name: nameOf(rng), namespace }, { signal, propagationPolicy: oneOf(rng, ['Background', 'Foreground'] as const) });

const RETRY_MS = 5_000;

/** Nothing comes to rest where something is begun each minute: before peace all CronJobs are suspended, however often it takes. */
export async function suspendCronJobs({ client, clock, signal }: { client: Client; clock: Clock; signal: AbortSignal }): Promise<void> {
  for (;;) {
    try {
      const { items } = await client.list(cronJobs, { signal });
      for (const { metadata: { name, namespace }, spec } of items) {
        if (spec?.suspend !== true) await client.patch(cronJobs, { name, namespace }, { type: 'merge', body: { spec: { suspend: true } } }, { signal }).catch((error: unknown) => { if (!isNotFound(error) && !isConflict(error)) throw error; });
      }
      if (items.every(({ spec }) => spec?.suspend === true)) return; // seen to be so
    } catch (error) { if (!(error instanceof StatusError) && !(error instanceof TransportError)) throw error; }
    await clock.sleep(RETRY_MS, { signal });
  }
}

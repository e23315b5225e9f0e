import { coreV1Resources } from '@kubernode/api';
import { isAbortError, type Clock, type Rng } from '@kubernode/base';
import { TransportError, type Client } from '@kubernode/client';
import { StatusError } from '@kubernode/apimachinery';
import { between, oneOf, weighted } from '../chance.ts';
import { changeAutoscaler, createAutoscaler, deleteAutoscaler } from './autoscalers.ts';
import { changeBudget, createBudget, deleteBudget, drainNode, evictPod } from './budgets.ts';
import { classes, createClaim, createVolume, deleteClaim, deleteVolumes } from './claims.ts';
import { changeCronJob, createCronJob, deleteCronJob } from './cron-jobs.ts';
import type { UserAction } from './user-action.ts';
import { changeImage, createDaemonSet, createDeployment, createJob, createService, createStatefulSet, deletePod, deleteWorkload, scale } from './workloads.ts';

const { configmaps, namespaces, resourcequotas } = coreV1Resources;

/** One namespace has a quota, another one comes and goes. */
export const NAMESPACES = ['plain', 'limited', 'fleeting'] as const;
const QUOTA_PODS = 12;

const actions: readonly { weight: number; act: UserAction }[] = [
  { weight: 4, act: createDeployment }, { weight: 3, act: createStatefulSet }, { weight: 1, act: createDaemonSet },
  { weight: 3, act: createJob }, { weight: 2, act: createService }, { weight: 6, act: scale },
  { weight: 5, act: changeImage }, { weight: 3, act: deleteWorkload }, { weight: 4, act: deletePod },
  { weight: 3, act: createBudget }, { weight: 2, act: changeBudget }, { weight: 1, act: deleteBudget }, { weight: 3, act: evictPod }, { weight: 1, act: drainNode },
  { weight: 2, act: createCronJob }, { weight: 2, act: changeCronJob }, { weight: 1, act: deleteCronJob },
  { weight: 2, act: createAutoscaler }, { weight: 1, act: changeAutoscaler }, { weight: 1, act: deleteAutoscaler },
  { weight: 2, act: createClaim }, { weight: 2, act: createVolume }, { weight: 2, act: deleteClaim }, { weight: 1, act: deleteVolumes },
  { weight: 3, act: ({ client, rng, namespace, signal }) => client.create(configmaps, { metadata: { generateName: 'note-', namespace }, data: { value: String(rng.next()) } }, { signal }) },
  { weight: 1, act: ({ client, signal }) => client.delete(namespaces, { name: 'fleeting' }, { signal }) },
  { weight: 1, act: ({ client, signal }) => client.create(namespaces, { metadata: { name: 'fleeting' } }, { signal }) },
];

export interface UsersOptions { client: Client; clock: Clock; rng: Rng; /** Mean time between two actions. */ paceMs: number }

/** Sets namespaces and classes up, then does what users do until aborted. */
export async function runUsers({ client, clock, rng, paceMs }: UsersOptions, signal: AbortSignal): Promise<void> {
  const attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    try { await act(); return true; } catch (error) {
      if (error instanceof StatusError || error instanceof TransportError) return false;
      if (isAbortError(error) && signal.aborted) return false;
      throw error;
    }
  };
  const insist = async (act: () => Promise<unknown>): Promise<void> => { for (let tries = 0; tries < 50 && !await attempt(act); tries++) await clock.sleep(1_000, { signal }); };
  for (const name of NAMESPACES) await insist(() => client.create(namespaces, { metadata: { name } }, { signal }));
  for (const create of classes) await insist(() => create(client, signal));
  await insist(() => client.create(resourcequotas, { metadata: { name: 'pods', namespace: 'limited' }, spec: { hard: { pods: String(QUOTA_PODS) } } }, { signal }));
  while (!signal.aborted) {
    await clock.sleep(between(rng, 0, 2 * paceMs), { signal }).catch(() => undefined); // the loop's condition sees the abort
    if (!signal.aborted) await attempt(() => weighted(rng, actions).act({ client, rng, namespace: oneOf(rng, NAMESPACES), signal }));
  }
}

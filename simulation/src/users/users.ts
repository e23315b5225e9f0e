import { coreV1Resources } from '@kubernode/api';
import { isAbortError, type Clock, type Rng } from '@kubernode/base';
import { TransportError, type Client } from '@kubernode/client';
import { StatusError } from '@kubernode/apimachinery';
import { between, oneOf, type UserAction } from './user-action.ts';
import { changeImage, createDaemonSet, createDeployment, createJob, createService, createStatefulSet, deletePod, deleteWorkload, scale } from './workloads.ts';

const { configmaps, namespaces, resourcequotas } = coreV1Resources;

/** One namespace has a quota, another one comes and goes. */
export const NAMESPACES = ['plain', 'limited', 'fleeting'] as const;
const QUOTA_PODS = 12;

const actions: readonly [weight: number, action: UserAction][] = [
  [4, createDeployment], [3, createStatefulSet], [1, createDaemonSet], [3, createJob], [2, createService], [6, scale], [5, changeImage], [3, deleteWorkload], [4, deletePod],
  [3, ({ client, rng, namespace, signal }) => client.create(configmaps, { metadata: { generateName: 'note-', namespace }, data: { value: String(rng.next()) } }, { signal })],
  [1, ({ client, signal }) => client.delete(namespaces, { name: 'fleeting' }, { signal })],
  [1, ({ client, signal }) => client.create(namespaces, { metadata: { name: 'fleeting' } }, { signal })],
];
const weights = actions.reduce((sum, [weight]) => sum + weight, 0);

export interface UsersOptions { client: Client; clock: Clock; rng: Rng; /** Mean time between two actions. */ paceMs: number }

/** Sets the namespaces up, then does what users do until aborted. */
export async function runUsers({ client, clock, rng, paceMs }: UsersOptions, signal: AbortSignal): Promise<void> {
  const attempt = async (act: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> => {
    try { await act(signal); return true; } catch (error) {
      if (error instanceof StatusError || error instanceof TransportError) return false;
      if (isAbortError(error) && signal.aborted) return false;
      throw error;
    }
  };
  const insist = async (act: (signal: AbortSignal) => Promise<unknown>): Promise<void> => { for (let tries = 0; tries < 50 && !await attempt(act); tries++) await clock.sleep(1_000, { signal }); };
  for (const name of NAMESPACES) await insist((inner) => client.create(namespaces, { metadata: { name } }, { signal: inner }));
  await insist((inner) => client.create(resourcequotas, { metadata: { name: 'pods', namespace: 'limited' }, spec: { hard: { pods: String(QUOTA_PODS) } } }, { signal: inner }));
  while (!signal.aborted) {
    await clock.sleep(between(rng, 0, 2 * paceMs), { signal }).catch(() => undefined); // the loop's condition sees the abort
    if (!signal.aborted) await attempt((inner) => chosen(rng)({ client, rng, namespace: oneOf(rng, NAMESPACES), signal: inner }));
  }
}

function chosen(rng: Rng): UserAction {
  let left = rng.next() * weights;
  for (const [weight, action] of actions) {
    left -= weight;
    if (left < 0) return action;
  }
  return scale;
}

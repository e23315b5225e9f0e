import { coreV1Resources, policyV1Resources, type ResourceRef } from '@kubernode/api';
import { StatusError, type ObjectMeta } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import { between, oneOf } from '../chance.ts';
import type { UserAction, UserContext } from './user-action.ts';
import { NAMES } from './workloads.ts';

interface Pod { metadata: ObjectMeta; spec?: { nodeName?: string } }

const { poddisruptionbudgets: budgets } = policyV1Resources;
const pods = coreV1Resources.pods as unknown as ResourceRef<Pod>; // what is needed of one

const nameOf = (rng: Rng): string => `${oneOf(rng, ['web', 'db'])}-${oneOf(rng, NAMES)}`;

/** How many pods have to stay, or may be missing, in each of the ways to say so. */
const amount = (rng: Rng): { minAvailable: number | string | null } | { maxUnavailable: number | string | null } => oneOf(rng, [
  { minAvailable: between(rng, 0, 4) }, { minAvailable: `${between(rng, 0, 10) * 10}%` }, { maxUnavailable: between(rng, 0, 2) }, { maxUnavailable: `${between(rng, 0, 10) * 10}%` },
]);

export const createBudget: UserAction = ({ client, rng, namespace, signal }) => {
  const app = nameOf(rng);
  const spec = { ...amount(rng), unhealthyPodEvictionPolicy: oneOf(rng, ['IfHealthyBudget', 'AlwaysAllow']), selector: { matchLabels: { app } } };
  return client.create(budgets, { metadata: { name: app, namespace }, spec }, { signal });
};

export const changeBudget: UserAction = ({ client, rng, namespace, signal }) => client.patch(budgets, { name: nameOf(rng), namespace }, { type: 'merge', body: { spec: { minAvailable: null, maxUnavailable: null, ...amount(rng) } } }, { signal });

export const deleteBudget: UserAction = ({ client, rng, namespace, signal }) => client.delete(budgets, { name: nameOf(rng), namespace }, { signal });

export const evictPod: UserAction = async (context) => {
  const { items } = await context.client.list(pods, { namespace: context.namespace, signal: context.signal });
  if (items.length > 0) await evict(oneOf(context.rng, items), context);
};

/** As for its maintenance: all pods of a node are asked to go; those that budgets keep stay. */
export const drainNode: UserAction = async (context) => {
  const { items } = await context.client.list(pods, { signal: context.signal });
  const nodeNames = [...new Set(items.map(({ spec }) => spec?.nodeName).filter((name) => name !== undefined))].sort();
  if (nodeNames.length === 0) return;
  const node = oneOf(context.rng, nodeNames);
  for (const pod of items) {
    if (pod.spec?.nodeName !== node) continue;
    try { await evict(pod, context); } catch (error) { if (!(error instanceof StatusError)) throw error; }
  }
};

async function evict({ metadata: { name, namespace = '' } }: Pod, { client, signal }: UserContext): Promise<void> {
  await client.create(pods, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } }, { target: { name, namespace, subresource: 'eviction' }, namespace, signal });
}

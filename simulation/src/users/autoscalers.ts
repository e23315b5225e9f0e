import { autoscalingV2Resources, type ResourceRef } from '@kubernode/api';
import type { ObjectMeta } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import { between, oneOf } from '../chance.ts';
import type { UserAction } from './user-action.ts';
import { CPU_REQUEST_MILLI, NAMES } from './workloads.ts';

interface Named { metadata: ObjectMeta }

const autoscalers = autoscalingV2Resources.horizontalpodautoscalers as unknown as ResourceRef<Named>; // what is needed of one

/** What autoscalers want each pod to use, however they say it: half of what it asks for. */
export const TARGET_MILLI: number = CPU_REQUEST_MILLI / 2;

const target = (rng: Rng): object => oneOf(rng, [{ type: 'Utilization', averageUtilization: (100 * TARGET_MILLI) / CPU_REQUEST_MILLI }, { type: 'AverageValue', averageValue: `${TARGET_MILLI}m` }]);

const bounds = (rng: Rng): object => ({ minReplicas: between(rng, 1, 2), maxReplicas: between(rng, 3, 6) });

/** Some take their time; most follow so fast that a wave takes them all the way. */
const behavior = (rng: Rng): object => oneOf(rng, [
  { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: between(rng, 0, 60) } },
  { scaleUp: { stabilizationWindowSeconds: between(rng, 0, 30), policies: [{ type: 'Pods', value: 1, periodSeconds: 30 }] }, scaleDown: { stabilizationWindowSeconds: 30, policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] } },
]);

/** Named as its target, so that no two quarrel over one. */
export const createAutoscaler: UserAction = ({ client, rng, namespace, signal }) => {
  const [kind, prefix] = oneOf(rng, [['Deployment', 'web'], ['StatefulSet', 'db']] as const);
  const name = `${prefix}-${oneOf(rng, NAMES)}`;
  const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind, name }, ...bounds(rng), metrics: [{ type: 'Resource', resource: { name: 'cpu', target: target(rng) } }], ...oneOf(rng, [{}, { behavior: behavior(rng) }, { behavior: behavior(rng) }]) };
  return client.create(autoscalers, { metadata: { name, namespace }, spec }, { signal });
};

/** Any of those that are there: most names have none. */
export const changeAutoscaler: UserAction = async ({ client, rng, namespace, signal }) => {
  const { items } = await client.list(autoscalers, { namespace, signal });
  if (items.length > 0) await client.patch(autoscalers, { namespace, name: oneOf(rng, items).metadata.name }, { type: 'merge', body: { spec: oneOf(rng, [bounds(rng), { behavior: behavior(rng) }]) } }, { signal });
};

export const deleteAutoscaler: UserAction = async ({ client, rng, namespace, signal }) => {
  const { items } = await client.list(autoscalers, { namespace, signal });
  if (items.length > 0) await client.delete(autoscalers, { namespace, name: oneOf(rng, items).metadata.name }, { signal });
};

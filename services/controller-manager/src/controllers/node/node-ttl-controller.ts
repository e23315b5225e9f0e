import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';

export interface NodeTtlSnapshot { node: Readonly<coreV1.Node>; ttlSeconds: number }

const TTL = 'node.alpha.kubernetes.io/ttl';

/** By the number of nodes. They overlap, so that a cluster on the edge does not rewrite its nodes all the time. */
const STEPS: readonly { from: number; to: number; ttlSeconds: number }[] = [
  { from: 0, to: 100, ttlSeconds: 0 },
  { from: 90, to: 500, ttlSeconds: 15 },
  { from: 450, to: 1000, ttlSeconds: 30 },
  { from: 900, to: 2000, ttlSeconds: 60 },
  { from: 1800, to: Infinity, ttlSeconds: 300 },
];

/** Tells kubelets how long they may keep secrets and config maps: in small clusters, not at all. */
export function nodeTtlController(): Controller {
  let step = 0;
  return controller<NodeTtlSnapshot>({
    name: 'ttlcontroller',
    component: 'ttl-controller',
    watches: [watch({ resource: coreV1Resources.nodes, keys: ownKey })],
    read(key, listers) {
      const nodes = listers.of(coreV1Resources.nodes);
      const node = nodes.get(key);
      step = stepAfter(step, nodes.list().length);
      return node === undefined ? undefined : { node, ttlSeconds: STEPS[step]?.ttlSeconds ?? 0 };
    },
    reconcile: reconcileTtl,
  });
}

/** The step that a cluster of so many nodes takes from the one it is on. */
export function stepAfter(step: number, nodeCount: number): number {
  let at = step;
  while (nodeCount > (STEPS[at]?.to ?? Infinity)) at++;
  while (nodeCount < (STEPS[at]?.from ?? 0)) at--;
  return at;
}

export function reconcileTtl({ node: { metadata }, ttlSeconds }: NodeTtlSnapshot): Plan {
  const present = metadata.annotations?.[TTL] ?? '';
  if (/^[+-]?\d+$/.test(present) && Number(present) === ttlSeconds) return nothingToDo;
  return { actions: [{ do: 'patch', resource: coreV1Resources.nodes, target: { name: metadata.name }, patch: { type: 'merge', body: { metadata: { annotations: { [TTL]: String(ttlSeconds) } } } } }] };
}

import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller } from '@kubernode/controller';

interface Snapshot { node: Readonly<coreV1.Node>; nodeCount: number }

const TTL = 'node.alpha.kubernetes.io/ttl';

/** Tells kubelets how long they may keep secrets and config maps: in small clusters, not at all. */
export const nodeTtlController: Controller = controller<Snapshot>({
  name: 'ttlcontroller',
  component: 'ttl-controller',
  watches: [watch({ resource: coreV1Resources.nodes, keys: ownKey })],
  read(key, listers) {
    const nodes = listers.of(coreV1Resources.nodes);
    const node = nodes.get(key);
    return node === undefined ? undefined : { node, nodeCount: nodes.list().length };
  },
  reconcile({ node, nodeCount }) {
    const wanted = String(nodeCount <= 100 ? 0 : nodeCount <= 500 ? 15 : nodeCount <= 1000 ? 30 : nodeCount <= 2000 ? 60 : 300);
    if (node.metadata.annotations?.[TTL] === wanted) return nothingToDo;
    return { actions: [{ do: 'patch', resource: coreV1Resources.nodes, target: { name: node.metadata.name }, patch: { type: 'merge', body: { metadata: { annotations: { [TTL]: wanted } } } } }] };
  },
});

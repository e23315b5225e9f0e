import { matchesLabels, selectorFromLabelSelector, selectorFromLabels } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { controller, controllerOf, ownKey, watch, type Controller, type Listers } from '@kubernode/controller';
import { claimablePods, isActivePod, podsByController } from '../pods.ts';
import { ask, reconcile, type Replicated, type ReplicationSnapshot } from './replication.ts';

const replicaSets = appsV1Resources.replicasets;
const replicationControllers = coreV1Resources.replicationcontrollers;

/** ReplicaSets: as many pods as wished. */
export const replicaSetController: Controller = controller<ReplicationSnapshot>({
  name: 'replicaset',
  component: 'replicaset-controller',
  watches: [
    watch({ resource: replicaSets, keys: ownKey, indexes: { ownerUid: (set) => [controllerOf(set)?.uid ?? ''] } }),
    podWatch('ReplicaSet', replicaSets, (set) => selectorFromLabelSelector(set.spec?.selector)),
  ],
  read(key, listers) {
    const set = listers.of(replicaSets).get(key);
    if (set === undefined) return undefined;
    return {
      owner: set as Readonly<Replicated>, // a ReplicaSet has all of it
      resource: replicaSets, selector: selectorFromLabelSelector(set.spec?.selector), candidates: claimablePods(listers, set), countsTerminating: true,
      siblingsOn: siblings(listers, set),
    };
  },
  ask,
  reconcile,
});

/** ReplicationControllers, the same with an older selector. */
export const replicationController: Controller = controller<ReplicationSnapshot>({
  name: 'replicationmanager',
  component: 'replication-controller',
  watches: [
    watch({ resource: replicationControllers, keys: ownKey }),
    podWatch('ReplicationController', replicationControllers, (rc) => selectorFromLabels(rc.spec?.selector)),
  ],
  read(key, listers) {
    const rc = listers.of(replicationControllers).get(key);
    if (rc === undefined) return undefined;
    return {
      owner: rc as Readonly<Replicated>, // a ReplicationController has all of it
      resource: replicationControllers, selector: selectorFromLabels(rc.spec?.selector), candidates: claimablePods(listers, rc), countsTerminating: false,
      siblingsOn: () => 0,
    };
  },
  ask,
  reconcile,
});

/** A pod concerns its owner; an orphan, whoever may adopt it. */
function podWatch<T extends { metadata: { name: string; namespace?: string } }>(kind: string, owners: ResourceRef<T>, selectorOf: (owner: Readonly<T>) => ReturnType<typeof selectorFromLabels>): ReturnType<typeof watch> {
  return watch<coreV1.Pod>({
    resource: coreV1Resources.pods, indexes: podsByController,
    keys: ({ object, previous }, listers) => [object, previous].flatMap((pod) => {
      if (pod === undefined) return [];
      const namespace = pod.metadata.namespace ?? '';
      const owner = controllerOf(pod);
      if (owner !== undefined) return owner.kind === kind ? [`${namespace}/${owner.name}`] : [];
      if (pod === previous) return [];
      return listers.of(owners).inNamespace(namespace).filter((one) => matchesLabels(selectorOf(one), pod.metadata.labels)).map(({ metadata }) => `${namespace}/${metadata.name}`);
    }),
  });
}

/** How many pods of all ReplicaSets of the same Deployment are on a node. */
function siblings(listers: Listers, set: Readonly<appsV1.ReplicaSet>): (nodeName: string) => number {
  const owner = controllerOf(set);
  if (owner === undefined) return () => 0;
  let byNode: Map<string, number> | undefined; // counted only when there is a choice to make
  return (nodeName) => {
    byNode ??= countByNode(listers.of(replicaSets).byIndex('ownerUid', owner.uid).flatMap(({ metadata }) => listers.of(coreV1Resources.pods).byIndex('controllerUid', metadata.uid ?? '')));
    return byNode.get(nodeName) ?? 0;
  };
}

function countByNode(pods: readonly Readonly<coreV1.Pod>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods) if (isActivePod(pod)) counts.set(pod.spec?.nodeName ?? '', (counts.get(pod.spec?.nodeName ?? '') ?? 0) + 1);
  return counts;
}

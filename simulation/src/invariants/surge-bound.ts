import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';
import { Recent } from './recent.ts';
import { deploymentWish, type DeploymentWish } from './wishes.ts';

/** Together, the ReplicaSets of a Deployment never want more pods than it allows, beyond what they wanted already. */
export function surgeBound(): Invariant {
  const wishes = new Recent<DeploymentWish>(); // by uid
  const wanted = new Map<string, number>(); // by uid of the Deployment: pods its ReplicaSets want
  return {
    name: 'no more pods than maxSurge allows',
    observe({ resource, object, previous, atMs }: Version, history: History) {
      if (resource === 'deployments' && object !== undefined) wishes.note(object.metadata.uid ?? '', atMs, deploymentWish(object));
      if (resource !== 'replicasets' || object === undefined) return undefined;
      const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
      if (owner?.kind !== 'Deployment') return undefined;
      const sum = sumOf(history, owner.uid);
      const before = wanted.get(owner.uid) ?? 0;
      wanted.set(owner.uid, sum);
      if (sum <= before || replicasOf(object) <= replicasOf(previous)) return undefined;
      const allowed = Math.max(0, ...wishes.seen(owner.uid, atMs).map(({ replicas, surge }) => replicas + surge));
      return sum > allowed ? `${sum} replicas wanted of ${owner.name}, at most ${allowed} are allowed` : undefined;
    },
  };
}

function sumOf(history: History, uid: string): number {
  return [...history.all('replicasets')].filter(({ metadata }) => metadata.ownerReferences?.some((one) => one.uid === uid)).reduce((sum, set) => sum + replicasOf(set), 0);
}

function replicasOf(set: Stored | undefined): number { return (set?.spec as { replicas?: number } | undefined)?.replicas ?? 0; } // a ReplicaSet

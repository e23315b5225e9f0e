import type { appsV1, coreV1 } from '@kubernode/api';
import { isFinished } from '../pods.ts';
import type { Rollout } from './deployment-status.ts';
import { totalStatus, wantedReplicas } from './replica-counts.ts';
import { isActive, newSetSize, shrinkOldSets, type Scale } from './scaling.ts';

type ReplicaSet = Readonly<appsV1.ReplicaSet>;

/** What a rollout does next: sizes to give, or that the ReplicaSet of the new template has to be made. */
export type NextScales = readonly Scale[] | 'create';

/** Grows the new ReplicaSet as far as surge allows, else shrinks old ones as far as availability allows. */
export function rollingScales({ deployment, newSet, oldSets }: Rollout): NextScales {
  if (newSet === undefined) return 'create';
  const present = wantedReplicas(newSet);
  const size = newSetSize(deployment, oldSets, present);
  return size === present ? shrinkOldSets(deployment, newSet, oldSets) : [{ set: newSet, replicas: size, refresh: false }];
}

/** Takes all old pods away, and makes new ones when not one of the old is left, not even one that is going. */
export function recreateScales({ deployment, newSet, oldSets }: Rollout, podsOf: (set: ReplicaSet) => readonly Readonly<coreV1.Pod>[]): NextScales {
  const active = oldSets.filter(isActive);
  if (active.length > 0) return active.map((set) => ({ set, replicas: 0, refresh: false }));
  if (totalStatus(oldSets, 'replicas') > 0 || oldSets.some((set) => podsOf(set).some((pod) => !isFinished(pod)))) return [];
  if (newSet === undefined) return 'create';
  const wanted = wantedReplicas(deployment);
  return wantedReplicas(newSet) === wanted ? [] : [{ set: newSet, replicas: wanted, refresh: false }];
}

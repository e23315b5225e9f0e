import { scaledIntOrPercent } from '@kubernode/apimachinery';
import type { appsV1 } from '@kubernode/api';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;

export function wantedReplicas(object: { spec?: { replicas?: number } }): number { return object.spec?.replicas ?? 1; }

export function totalWanted(sets: readonly ReplicaSet[]): number { return sum(sets, wantedReplicas); }

export function totalStatus(sets: readonly ReplicaSet[], field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number {
  return sum(sets, ({ status }) => status?.[field] ?? 0);
}

/** Undefined as soon as one ReplicaSet that was looked at does not tell. */
export function totalTerminating(sets: readonly ReplicaSet[]): number | undefined {
  const silent = sets.some(({ status }) => status?.terminatingReplicas === undefined && (status?.observedGeneration ?? 0) !== 0);
  return silent ? undefined : sum(sets, ({ status }) => status?.terminatingReplicas ?? 0);
}

function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + of(set), 0);
}

export function isRollingUpdate({ spec }: Deployment): boolean { return spec?.strategy?.type !== 'Recreate'; }

/** How many pods above the wished number may exist during a rolling update. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

/** How many of the wished pods may be unavailable during a rolling update. */
export function maxUnavailable(deployment: Deployment): number {
  const wanted = wantedReplicas(deployment);
  if (!isRollingUpdate(deployment) || wanted === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, wanted);
}

/** Both may round to zero, with which nothing would ever move: then one may be unavailable. */
function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge: surgeGiven = 0, maxUnavailable: unavailableGiven = 0 } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const wanted = wantedReplicas(deployment);
  const surge = scaledIntOrPercent(surgeGiven, wanted, 'up') ?? 0;
  const unavailable = scaledIntOrPercent(unavailableGiven, wanted, 'down') ?? 0;
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

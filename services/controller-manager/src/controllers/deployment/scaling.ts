import type { appsV1 } from '@kubernode/api';
import { isRollingUpdate, maxSurge, maxUnavailable, totalStatus, totalWanted, wantedReplicas } from './replica-counts.ts';
import { byCreation } from './replica-set-order.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS } from './revisions.ts';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;

/** A ReplicaSet and the size to give it. `refresh` also writes when only its notes about the Deployment's size are stale. */
export interface Scale { set: ReplicaSet; replicas: number; refresh: boolean }

export function isActive(set: ReplicaSet): boolean { return wantedReplicas(set) > 0; }

function noted(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Whether the Deployment's size changed since its ReplicaSets were last scaled. */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.filter(isActive).some((set) => (noted(set, DESIRED_REPLICAS) ?? wantedReplicas(deployment)) !== wantedReplicas(deployment));
}

/** What a change of size, outside of rolling out, does to the ReplicaSets. */
export function scaleToSize(deployment: Deployment, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): Scale[] {
  const wanted = wantedReplicas(deployment);
  const only = activeOrLatest(newSet, oldSets);
  if (only !== undefined) return wantedReplicas(only) === wanted ? [] : [{ set: only, replicas: wanted, refresh: false }];
  if (newSet !== undefined && isSaturated(deployment, newSet)) return newestFirst(oldSets).filter(isActive).map((set) => ({ set, replicas: 0, refresh: false }));
  return isRollingUpdate(deployment) ? proportionally(deployment, [...oldSets, ...(newSet === undefined ? [] : [newSet])].filter(isActive)) : [];
}

/** The one that has pods, if only one has; the newest, if none has. */
function activeOrLatest(newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const all = [...(newSet === undefined ? [] : [newSet]), ...newestFirst(oldSets)];
  const active = all.filter(isActive);
  return active.length === 0 ? all[0] : active.length === 1 ? active[0] : undefined;
}

function newestFirst(sets: readonly ReplicaSet[]): ReplicaSet[] { return [...sets].sort((a, b) => byCreation(b, a)); }

/** Whether the new ReplicaSet has all pods that the Deployment wishes, and they are available. */
function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const wanted = wantedReplicas(deployment);
  return wantedReplicas(set) === wanted && noted(set, DESIRED_REPLICAS) === wanted && (set.status?.availableReplicas ?? 0) === wanted;
}

/** In the middle of a rollout all ReplicaSets grow and shrink by their share; what rounding leaves goes to the largest. */
function proportionally(deployment: Deployment, active: readonly ReplicaSet[]): Scale[] {
  const wanted = wantedReplicas(deployment);
  const toAdd = (wanted > 0 ? wanted + maxSurge(deployment) : 0) - totalWanted(active);
  const sets = [...active].sort((a, b) => wantedReplicas(b) - wantedReplicas(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)));
  let added = 0;
  const scales = sets.map((set) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, set, toAdd, added);
    added += share;
    return { set, replicas: wantedReplicas(set) + share, refresh: true };
  });
  const [largest] = scales;
  if (largest !== undefined && toAdd !== 0) largest.replicas = Math.max(0, largest.replicas + toAdd - added);
  return scales;
}

function proportion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (wantedReplicas(set) === 0 || toAdd === added) return 0;
  const fraction = shareOf(deployment, set);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function shareOf(deployment: Deployment, set: ReplicaSet): number {
  const wanted = wantedReplicas(deployment);
  const size = wantedReplicas(set);
  if (wanted === 0) return -size;
  const maxBefore = noted(set, MAX_REPLICAS) || (deployment.status?.replicas ?? 0);
  return maxBefore === 0 ? 0 : Math.round((size * (wanted + maxSurge(deployment))) / maxBefore) - size;
}

/** How many pods the newest ReplicaSet may have now. */
export function newSetSize(deployment: Deployment, oldSets: readonly ReplicaSet[], present: number): number {
  const wanted = wantedReplicas(deployment);
  if (!isRollingUpdate(deployment) || present > wanted) return wanted;
  const room = wanted + maxSurge(deployment) - totalWanted(oldSets) - present;
  return room <= 0 ? present : present + Math.min(room, wanted - present);
}

/**
 * Takes pods from old ReplicaSets as availability allows: those that are not available first, since they cannot be missed. Waits for a
 * set that tells of more available pods than it is to have: it was just shrunk and is counted as it was, so that too many would go.
 */
export function shrinkOldSets(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Scale[] {
  const active = oldSets.filter(isActive).sort(byCreation);
  const minAvailable = wantedReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = wantedReplicas(newSet) - (newSet.status?.availableReplicas ?? 0);
  let spare = totalWanted(oldSets) + wantedReplicas(newSet) - minAvailable - newUnavailable;
  if (active.length === 0 || spare <= 0 || active.some((set) => (set.status?.availableReplicas ?? 0) > wantedReplicas(set))) return [];
  const sizes = active.map((set) => {
    const unhealthy = Math.min(spare, wantedReplicas(set) - (set.status?.availableReplicas ?? 0));
    spare -= unhealthy;
    return wantedReplicas(set) - unhealthy;
  });
  let surplus = Math.max(0, totalStatus([...active, newSet], 'availableReplicas') - minAvailable);
  return active.flatMap((set, i) => {
    const down = Math.min(sizes[i] ?? 0, surplus);
    surplus -= down;
    const replicas = (sizes[i] ?? 0) - down;
    return replicas === wantedReplicas(set) ? [] : [{ set, replicas, refresh: false }];
  });
}

import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { templateOf } from '../history/controller-revisions.ts';
import { isFinished } from '../pods.ts';
import { claimsAreRight, claimUser, createClaims, goingClaims, hasLeftBehindClaim, retainClaims } from './statefulset-claims.ts';
import { podEvent } from './statefulset-events.ts';
import { bounds, hasIdentity, hasStorage, newPod, ordinalOf, podName, repairedPod, type Planned } from './statefulset-identity.ts';
import { condemnedPods, firstUnhealthy, isAvailable, isHealthy, isRunningAndReady, isTerminating, revisionOf, slotsOf, type Scene, type Slot } from './statefulset-scene.ts';

type Pod = Readonly<coreV1.Pod>;

export interface Step {
  actions: Action[];
  /** A pod goes for the sake of the update, and counts as current no more. */
  updates: boolean;
}

/**
 * What a set does next: fill its places from the lowest, then shrink from the highest, then update from the highest. In order, each of
 * these waits for all that stands before it; a set with parallel pod management waits for nobody but when it updates.
 */
export function nextStep(scene: Scene): Step {
  const inOrder = isOrdered(scene);
  const slots = slotsOf(scene);
  const condemned = condemnedPods(scene);
  const filled = stage(slots, (slot) => tend(scene, slot), inOrder);
  if (filled.waits) return { actions: filled.actions, updates: false };
  const kept = stage(condemned, (pod) => ({ actions: retain(scene, pod), waits: false }), inOrder);
  const unhealthy = firstUnhealthy(scene, slots, condemned);
  const shrunk = stage(condemned, (pod) => shrink(scene, pod, !inOrder || pod === unhealthy), inOrder);
  const actions = [...filled.actions, ...kept.actions, ...shrunk.actions];
  if (shrunk.waits || scene.set.spec?.updateStrategy?.type === 'OnDelete') return { actions, updates: false };
  const outdated = nextOutdated(scene, slots);
  return outdated === undefined ? { actions, updates: false } : { actions: [...actions, deletePod(scene, outdated)], updates: true };
}

function isOrdered({ set }: Scene): boolean { return set.spec?.podManagementPolicy !== 'Parallel'; }

interface Outcome { actions: Action[]; /** In order, nothing further may happen before this is settled. */ waits: boolean }

/** In order: one after the other, up to the first that waits. Else all of them at once, slowly started. */
function stage<T>(items: readonly T[], decide: (item: T) => Outcome, inOrder: boolean): Outcome {
  if (!inOrder) {
    const busy = items.map((item) => decide(item).actions).filter((actions) => actions.length > 0);
    return { actions: busy.length === 0 ? [] : [{ do: 'slow-start', actions: busy.map((actions) => ({ do: 'in-order', actions })) }], waits: false };
  }
  const all: Action[] = [];
  for (const item of items) {
    const { actions, waits } = decide(item);
    all.push(...actions);
    if (waits) return { actions: all, waits };
  }
  return { actions: all, waits: false };
}

/** Whatever one place needs. */
function tend(scene: Scene, { ordinal, pod }: Slot): Outcome {
  if (pod === undefined) return { actions: createPod(scene, ordinal), waits: true };
  if (isFinished(pod)) return { actions: isTerminating(pod) ? [] : [deletePod(scene, pod)], waits: true };
  const user = claimUser(scene.set, ordinal, pod.metadata.uid);
  const actions = pod.status?.phase === 'Pending' ? [...createClaims(scene, ordinal), ...retainClaims(scene, ordinal, user)] : [];
  const waits = isTerminating(pod) || !isRunningAndReady(pod) || !isAvailable(pod, scene);
  const comesLater = actions.length > 0 || (waits && isOrdered(scene)); // what a pod that is not well has lost is given back when it is
  return { actions: comesLater ? actions : repair(scene, ordinal, pod), waits };
}

/** The pod of a place, its claims first; claims outlive it. */
function createPod(scene: Scene, ordinal: number): Action[] {
  if (hasLeftBehindClaim(scene, ordinal)) return []; // the next pod event brings us back
  const { set } = scene;
  const name = podName(set, ordinal);
  const claims = createClaims(scene, ordinal, 'Create');
  const [going] = goingClaims(scene, ordinal);
  if (going !== undefined) return [...claims, podEvent(set, 'Create', name, going)];
  return [...claims, {
    do: 'create', resource: coreV1Resources.pods, object: newPod(set, ordinal, plannedFor(scene, ordinal)),
    then: () => [...retainClaims(scene, ordinal, claimUser(set, ordinal)), podEvent(set, 'Create', name)],
    otherwise: (error) => (error.reason === 'AlreadyExists' ? {} : { actions: [podEvent(set, 'Create', name, error.message)] }),
  }];
}

/** Below the partition a pod comes back as it was; where no partition is told, for as many as are current. */
function plannedFor({ set, revisions: { current, update } }: Scene, ordinal: number): Planned {
  const { rollingUpdate, type } = set.spec?.updateStrategy ?? {};
  const { start } = bounds(set);
  const kept = rollingUpdate === undefined ? (type === 'RollingUpdate' ? set.status?.currentReplicas ?? 0 : 0) : rollingUpdate.partition ?? 0;
  const revision = ordinal < start + kept ? current : update;
  return { template: templateOf(revision), revision: revision.metadata.name };
}

/** Gives a pod back the labels, volumes and claims that make it the one of its place. */
function repair(scene: Scene, ordinal: number, pod: Pod): Action[] {
  const { set } = scene;
  const user = claimUser(set, ordinal, pod.metadata.uid);
  const storage = hasStorage(pod, set, ordinal);
  if (hasIdentity(pod, set, ordinal) && storage && claimsAreRight(scene, ordinal, user)) return [];
  return [...(storage ? [] : createClaims(scene, ordinal, 'Update')), ...retainClaims(scene, ordinal, user), {
    do: 'update', resource: coreV1Resources.pods, object: repairedPod(pod, set, ordinal),
    then: () => [podEvent(set, 'Update', pod.metadata.name)],
    otherwise: (error) => (error.reason === 'Conflict' ? {} : { actions: [podEvent(set, 'Update', pod.metadata.name, error.message)] }),
  }];
}

function retain(scene: Scene, pod: Pod): Action[] {
  const ordinal = ordinalOf(pod, scene.set);
  const user = claimUser(scene.set, ordinal, pod.metadata.uid);
  return claimsAreRight(scene, ordinal, user) ? [] : retainClaims(scene, ordinal, user);
}

/** Deletes a pod beyond the wished number; in order, one that is not well only when it is the first that is not. */
function shrink(scene: Scene, pod: Pod, mayBeUnwell: boolean): Outcome {
  if (isTerminating(pod) || (!mayBeUnwell && !(isRunningAndReady(pod) && isAvailable(pod, scene)))) return { actions: [], waits: true };
  return { actions: [deletePod(scene, pod)], waits: true };
}

/** The highest pod of another revision, down to the partition, unless a pod above it is not available yet. */
function nextOutdated(scene: Scene, slots: readonly Slot[]): Pod | undefined {
  const { set, revisions: { update } } = scene;
  for (const { pod } of slots.slice(set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0).reverse()) {
    if (pod === undefined) return undefined;
    if (revisionOf(pod) !== update.metadata.name && !isTerminating(pod)) return pod;
    if (!isHealthy(pod, scene)) return undefined;
  }
  return undefined;
}

function deletePod({ set }: Scene, { metadata: { name, namespace, uid } }: Pod): Action {
  return {
    do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid,
    then: () => [podEvent(set, 'Delete', name)],
    otherwise: (error) => ({ actions: [podEvent(set, 'Delete', name, error.message)] }),
  };
}

import type { appsV1, coreV1 } from '@kubernode/api';
import { REVISION_HASH_LABEL } from '../history/controller-revisions.ts';
import { availableInMs, isReadyPod } from '../pods.ts';
import type { ClaimScene } from './statefulset-claims.ts';
import { bounds, inBounds, ordinalOf } from './statefulset-identity.ts';
import type { SetRevisions } from './statefulset-revisions.ts';

type Pod = Readonly<coreV1.Pod>;

/** All that one step of a set looks at. */
export interface Scene extends ClaimScene {
  set: Readonly<appsV1.StatefulSet>;
  pods: readonly Pod[];
  revisions: SetRevisions;
  nowMs: number;
}

/** A place of the set, with the pod that has it. */
export interface Slot { ordinal: number; pod: Pod | undefined }

/** The places that the set should have, from the lowest. */
export function slotsOf({ set, pods }: Scene): Slot[] {
  const { start, end } = bounds(set);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod, set), pod]));
  return Array.from({ length: end - start }, (_, i) => ({ ordinal: start + i, pod: byOrdinal.get(start + i) }));
}

/** Pods beyond those places, from the highest. */
export function condemnedPods({ set, pods }: Scene): Pod[] {
  return pods.filter((pod) => !inBounds(ordinalOf(pod, set), set)).sort((a, b) => ordinalOf(b, set) - ordinalOf(a, set));
}

/** The lowest place, or else the lowest pod beyond them, that is not available. */
export function firstUnhealthy(scene: Scene, slots: readonly Slot[], condemned: readonly Pod[]): Slot | Pod | undefined {
  return slots.find(({ pod }) => pod === undefined || !isHealthy(pod, scene)) ?? condemned.findLast((pod) => !isHealthy(pod, scene));
}

export function isTerminating({ metadata }: Pod): boolean { return metadata.deletionTimestamp !== undefined; }

export function isRunningAndReady(pod: Pod): boolean { return pod.status?.phase === 'Running' && isReadyPod(pod); }

export function isAvailable(pod: Pod, { set, nowMs }: Scene): boolean { return availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs) === 0; }

export function isHealthy(pod: Pod, scene: Scene): boolean { return isAvailable(pod, scene) && !isTerminating(pod); }

/** The name of the revision that a pod is of. */
export function revisionOf({ metadata }: Pod): string { return metadata.labels?.[REVISION_HASH_LABEL] ?? ''; }

import { formatTime } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { EventSubject } from '@kubernode/client';
import type { Action } from '@kubernode/controller';
import { conditionPatch } from '../../condition-patch.ts';
import { conditionOf } from '../../conditions.ts';
import { matchingTolerations } from '../toleration.ts';

type Pod = Readonly<coreV1.Pod>;

export interface EvictionSnapshot {
  name: string;
  namespace: string;
  /** Undefined once it is gone. */
  pod: Pod | undefined;
  /** The NoExecute taints of its node; undefined when that is not known. */
  taints: readonly Readonly<coreV1.Taint>[] | undefined;
  /** When, on the monotonic clock, the pod has to go; undefined when nothing is planned. */
  dueMs: number | undefined;
}

export interface EvictionPlan { actions: readonly Action[]; dueMs: number | undefined }

/**
 * What taints mean for a pod. Its time runs from when this controller first met pod and taint together; once running it neither
 * starts over nor gets shorter, but ends when the taints are gone or tolerated for good.
 */
export function decideEviction(snapshot: EvictionSnapshot, { nowMs, monotonicMs }: { nowMs: number; monotonicMs: number }): EvictionPlan {
  const { pod, taints, dueMs } = snapshot;
  const spared: EvictionPlan = { actions: dueMs === undefined ? [] : [event(snapshot, 'Cancelling deletion of Pod')], dueMs: undefined };
  if (pod === undefined || taints?.length === 0) return spared;
  const patienceMs = taints === undefined ? Infinity : patience(pod, taints);
  if (taints !== undefined && patienceMs === Infinity) return spared;
  if (patienceMs === 0) return { actions: [...spared.actions, ...eviction(snapshot, pod, nowMs)], dueMs: undefined };
  if (dueMs === undefined) return { actions: [], dueMs: taints === undefined ? undefined : monotonicMs + patienceMs };
  return dueMs <= monotonicMs ? { actions: eviction(snapshot, pod, nowMs), dueMs: undefined } : { actions: [], dueMs };
}

/** How long the tolerations that match hold out: the shortest of them, Infinity where none has a time, 0 where one is missing or is for no time. */
function patience({ spec }: Pod, taints: readonly Readonly<coreV1.Taint>[]): number {
  const used = matchingTolerations(taints, spec?.tolerations ?? []);
  if (used === undefined) return 0;
  return Math.min(Infinity, ...used.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds) * 1000])));
}

/** Says why on the pod first: whoever made it counts it as disrupted, not as failed. */
function eviction(snapshot: EvictionSnapshot, pod: Pod, nowMs: number): Action[] {
  const { name, namespace, uid } = pod.metadata;
  return [event(snapshot, 'Marking for deletion Pod'), ...explanation(pod, nowMs), { do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid }];
}

function explanation({ metadata: { name, namespace, uid, generation }, status }: Pod, nowMs: number): Action[] {
  const wanted = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
  const present = conditionOf(status?.conditions, wanted.type);
  if (present?.status === wanted.status && present.reason === wanted.reason && present.message === wanted.message) return [];
  const condition = { ...wanted, lastTransitionTime: present?.status === wanted.status ? present.lastTransitionTime : formatTime(nowMs), ...(generation !== undefined && { observedGeneration: generation }) };
  return [{
    do: 'patch', resource: coreV1Resources.pods, target: { name, namespace, subresource: 'status' },
    patch: { type: 'strategic', body: { metadata: { uid }, status: conditionPatch(status?.conditions, condition) } },
    otherwise: ({ reason }) => ({ handled: reason === 'NotFound' }),
  }];
}

/** By name alone, as Kubernetes does: the pod may be another one by then. */
function event({ name, namespace }: EvictionSnapshot, what: string): Action {
  const about: EventSubject = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
  return { do: 'event', about, type: 'Normal', reason: 'TaintManagerEviction', message: `${what} ${namespace}/${name}` };
}

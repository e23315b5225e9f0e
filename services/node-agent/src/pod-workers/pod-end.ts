import type { coreV1 } from '@kubernode/api';
import type { Pod } from '../pod/pod-facts.ts';
import { toRfc3339 } from '../status/compute-container-statuses.ts';

/** An end that the node itself decides for a pod: an eviction, a shutdown, a pod that it cannot take. */
export interface PodEnd {
  phase: 'Failed';
  reason: string;
  message: string;
  /** Such as DisruptionTarget. */
  conditions?: readonly coreV1.PodCondition[];
}

/** Why a node takes a pod not: `message` as the event tells it. */
export interface Refusal { reason: string; message: string }

/** Asked once for each pod, before anything of it is made. */
export type Admit = (pod: Pod, signal: AbortSignal) => Promise<Refusal | undefined>;

/** What tells controllers that the node ended the pod, not a failure of its own. */
export function terminationByKubelet(message: string, nowMs: number): coreV1.PodCondition {
  return { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message, lastTransitionTime: toRfc3339(nowMs) };
}

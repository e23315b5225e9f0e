import { refusalUnderPressure } from '../eviction/admit-under-pressure.ts';
import type { PressureCondition } from '../eviction/signals.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { isCriticalPod } from '../pod/pod-origin.ts';
import type { Refusal } from '../pod-workers/pod-end.ts';
import { type Shortage, shortages, shortageText } from './fit-resources.ts';
import { selectPreempted } from './select-preempted.ts';

export interface AdmissionInput {
  pod: Pod;
  /** Pods that the node has taken and that have not ended, without this one. */
  others: readonly Pod[];
  allocatable: Readonly<Record<string, string>>;
  pressure: readonly PressureCondition[];
  shuttingDown: boolean;
  /** What the runtime says of itself. */
  supplementalGroupsPolicy: boolean;
}

/** A pod is taken, or not, or others must end before. */
export type Verdict = { kind: 'admit' } | { kind: 'refuse'; refusal: Refusal } | { kind: 'preempt'; pods: readonly Pod[]; shortages: readonly Shortage[] };

/** Whether the node takes a pod. What the scheduler has seen to is checked again, since static pods and races come past it. */
export function judgePod(input: AdmissionInput): Verdict {
  const { pod, others, allocatable } = input;
  const refusal = input.shuttingDown ? { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' } : refusalUnderPressure(pod, input.pressure) ?? unfit(input);
  if (refusal !== undefined) return { kind: 'refuse', refusal };
  const short = shortages({ pod, others, allocatable });
  if (short.length === 0) return { kind: 'admit' };
  if (!isCriticalPod(pod)) return { kind: 'refuse', refusal: outOf(short) };
  const preempted = selectPreempted(pod, { shortages: short, running: others });
  if (preempted === undefined) {
    const missing = short.map(({ resource, requested, capacity, used }) => `(res: ${resource}, q: ${requested - (capacity - used)}), `).join('');
    return { kind: 'refuse', refusal: { reason: 'UnexpectedAdmissionError', message: `Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [${missing}]` } };
  }
  return { kind: 'preempt', pods: preempted, shortages: short };
}

function outOf(short: readonly Shortage[]): Refusal {
  const [first] = short;
  return { reason: `OutOf${first?.resource ?? ''}`, message: first === undefined ? '' : shortageText(first) };
}

function unfit({ pod, supplementalGroupsPolicy }: AdmissionInput): Refusal | undefined {
  const os = pod.spec?.os?.name;
  if (os !== undefined && os !== 'linux') return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  if (pod.spec?.securityContext?.supplementalGroupsPolicy === 'Strict' && !supplementalGroupsPolicy) return { reason: 'SupplementalGroupsPolicyNotSupported', message: 'SupplementalGroupsPolicy=Strict is not supported in this node' };
  return undefined;
}

/** Without those of that uid. */
export function withoutPod(pods: readonly Pod[], pod: Pod): readonly Pod[] { return pods.filter((one) => podUid(one) !== podUid(pod)); }

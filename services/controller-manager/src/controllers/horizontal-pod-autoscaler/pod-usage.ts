import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';

type Pod = Readonly<coreV1.Pod>;

/** What a pod used on average in the window before a time, in thousandths. */
export interface PodUsage { milli: number; atMs: number; windowMs: number }

/** By the pods' names. */
export type PodUsages = ReadonlyMap<string, PodUsage>;

/** How long young pods are looked at with care. */
export interface Readiness {
  /** CPU samples of a pod this young count only from the time it was ready. */
  cpuInitializationMs: number;
  /** A pod that is unready and became so within this time of its start was never ready. */
  initialDelayMs: number;
  nowMs: number;
}

export interface PodGroups {
  readyCount: number;
  /** Those that are starting: their samples do not count. */
  unready: readonly Pod[];
  /** Those that should have a sample and have none. */
  missing: readonly Pod[];
  /** The samples of ready pods. */
  samples: ReadonlyMap<string, number>;
}

/** Sorts pods by what their samples are worth. Those that failed or go count nowhere. */
export function groupPods(pods: readonly Pod[], usages: PodUsages, { isCpu, readiness }: { isCpu: boolean; readiness: Readiness }): PodGroups {
  const unready: Pod[] = [];
  const missing: Pod[] = [];
  const left = new Map([...usages].map(([name, { milli }]) => [name, milli]));
  let readyCount = 0;
  for (const pod of pods) {
    const usage = usages.get(pod.metadata.name);
    if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === 'Failed') left.delete(pod.metadata.name);
    else if (pod.status?.phase === 'Pending') { unready.push(pod); left.delete(pod.metadata.name); } else if (usage === undefined) missing.push(pod);
    else if (isCpu && isStarting(pod, usage, readiness)) { unready.push(pod); left.delete(pod.metadata.name); } else readyCount++;
  }
  return { readyCount, unready, missing, samples: left };
}

/** A pod's first seconds of CPU time tell nothing about its work. */
function isStarting({ status }: Pod, usage: PodUsage, { cpuInitializationMs, initialDelayMs, nowMs }: Readiness): boolean {
  const ready = conditionOf(status?.conditions, 'Ready');
  const startMs = timeToMs(status?.startTime);
  if (ready === undefined || startMs === null || startMs === undefined) return true;
  const sinceMs = timeToMs(ready.lastTransitionTime) ?? -Infinity;
  if (startMs + cpuInitializationMs > nowMs) return ready.status === 'False' || usage.atMs < sinceMs + usage.windowMs;
  return ready.status === 'False' && startMs + initialDelayMs > sinceMs;
}

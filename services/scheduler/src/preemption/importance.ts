import { timeToMs } from '@kubernode/apimachinery';
import type { PodInfo } from '../cache/pod-info.ts';

/** The more important first: by priority, then the one that has run longer. A pod that has not begun begins now. */
export function byImportance(nowMs: number): (a: PodInfo, b: PodInfo) => number {
  return (a, b) => b.priority - a.priority || startMs(a, nowMs) - startMs(b, nowMs);
}

export function startMs({ pod }: PodInfo, nowMs: number): number { return timeToMs(pod.status?.startTime) ?? nowMs; }

import type { Pod } from '../pod/pod-facts.ts';
import { priorityOf } from '../pod/pod-origin.ts';

/** How long pods of that priority or more have to end when the host shuts down. */
export interface ShutdownGrace { priority: number; graceSeconds: number }

export interface ShutdownGroup extends ShutdownGrace { pods: readonly Pod[] }

/** Pods in the order in which they end: one group a grace period, each of the pods from its priority up to the next one's. Those below the lowest belong to it. */
export function shutdownGroups(graces: readonly ShutdownGrace[], pods: readonly Pod[]): readonly ShutdownGroup[] {
  const ascending = [...graces].sort((a, b) => a.priority - b.priority);
  const groupOf = (pod: Pod): number => Math.max(0, ascending.findLastIndex(({ priority }) => priorityOf(pod) >= priority));
  return ascending.map((grace, i) => ({ ...grace, pods: pods.filter((pod) => groupOf(pod) === i) })).filter(({ pods: members }) => members.length > 0);
}

import type { NodeView } from '../cache/node-table.ts';
import type { Refused } from './schedule-pod.ts';

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. …`, in Kubernetes' words. No `preemption`: it made room. */
export function fitMessage(nodeCount: number, refusals: ReadonlyMap<NodeView, Refused>, preemption: string | undefined): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const reasons = [...refusals.values()].flatMap(({ refusal }) => refusal.reasons);
  const found = `0/${nodeCount} nodes are available: ${countReasons(reasons)}.`;
  return preemption === undefined ? found : `${found} no new claims to deallocate, preemption: ${preemption}`;
}

/** What preemption has to say when it finds nobody to evict. */
export function noPreemptionMessage(nodeCount: number, refusals: ReadonlyMap<NodeView, Refused>): string {
  const reasons = [...refusals.values()].map(({ refusal }) => (refusal.resolvable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling'));
  return `0/${nodeCount} nodes are available: ${countReasons(reasons)}.`;
}

function countReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(', ');
}

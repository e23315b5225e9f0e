import type { NodeView } from '../cache/node-table.ts';
import type { NodeVictims } from '../framework/plugin.ts';
import { startMs } from './importance.ts';

export type Candidates = ReadonlyMap<NodeView, NodeVictims>;

/** Any priority counts as something, so that fewer victims are better than more. */
const PRIORITY_OFFSET = 2 ** 31;

/** Fewest broken budgets, then the least important most important victim, the smallest sum of priorities, the fewest victims, the youngest. */
export function chooseCandidate(candidates: Candidates, nowMs: number): NodeView | undefined {
  const costs: readonly ((victims: NodeVictims) => number)[] = [
    ({ violations }) => violations,
    ({ pods }) => pods[0]?.priority ?? -Infinity,
    ({ pods }) => pods.reduce((sum, { priority }) => sum + priority + PRIORITY_OFFSET, 0),
    ({ pods }) => pods.length,
    (victims) => -earliestStart(victims, nowMs),
  ];
  let left = [...candidates];
  for (const cost of costs) {
    const least = Math.min(...left.map(([, victims]) => cost(victims)));
    left = left.filter(([, victims]) => cost(victims) === least);
    if (left.length === 1) break;
  }
  return left[0]?.[0];
}

/** Of the most important victims. */
function earliestStart({ pods }: NodeVictims, nowMs: number): number {
  const most = Math.max(...pods.map(({ priority }) => priority));
  return Math.min(...pods.filter(({ priority }) => priority === most).map((pod) => startMs(pod, nowMs)));
}

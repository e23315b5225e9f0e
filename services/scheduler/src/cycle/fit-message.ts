import type { Refusals } from '../framework/plugin.ts';
import { messageOf, type Refused, type Verdict } from '../framework/verdict.ts';

export interface FitMessageInput {
  nodes: number;
  refusals: Refusals;
  /** Set when the pod as a whole was turned down. */
  refused?: Verdict | undefined;
  /** What was said after no node would do. */
  postFilter?: string;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. …`, in Kubernetes' words. */
export function fitMessage({ nodes, refusals, refused, postFilter = '' }: FitMessageInput): string {
  const found = refused === undefined ? countReasons(nodes, refusals) : messageOf(refused);
  return `0/${nodes} nodes are available:${found === '' ? '' : ` ${found}.`}${postFilter === '' ? '' : ` ${postFilter}`}`;
}

function countReasons(nodes: number, { byNode, others }: Refusals): string {
  const counts = new Map<string, number>();
  const count = ({ verdict }: Refused, times: number): void => { for (const reason of verdict.reasons) counts.set(reason, (counts.get(reason) ?? 0) + times); };
  for (const refused of byNode.values()) count(refused, 1);
  if (others !== undefined && byNode.size < nodes) count(others, nodes - byNode.size);
  return [...counts].map(([reason, times]) => `${times} ${reason}`).sort().join(', ');
}

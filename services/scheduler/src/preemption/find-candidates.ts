import type { NodeView } from '../cache/node-table.ts';
import type { DefaultPreemptionArgs } from '../config/plugin-args.ts';
import type { Cycle, DryRun, NodeVictims, Refusals } from '../framework/plugin.ts';
import type { Refused, Verdict } from '../framework/verdict.ts';
import { selectVictims, type BudgetsOf } from './select-victims.ts';

export interface FoundCandidates {
  readonly candidates: Map<NodeView, NodeVictims>;
  /** Why the other nodes that were looked at are none. */
  readonly refusals: Map<NodeView, Refused>;
}

export interface FindCandidatesOptions { args: DefaultPreemptionArgs; retry: DryRun; budgetsOf: BudgetsOf; /** Where to begin among the nodes that come into question, from 0 to 1. */ chance: number }

/** Looks at nodes on which other pods' leaving might help, from a random one on, until there are enough to choose from. */
export function findCandidates(cycle: Cycle, refusals: Refusals, { args, retry, budgetsOf, chance }: FindCandidatesOptions): FoundCandidates {
  const nodes = potentialNodes(cycle, refusals);
  const wanted = candidatesWanted(nodes.length, args);
  const offset = Math.floor(chance * nodes.length);
  const [sparing, violating] = [new Map<NodeView, NodeVictims>(), new Map<NodeView, NodeVictims>()];
  const refused = new Map<NodeView, Refused>();
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[(offset + i) % nodes.length] as NodeView; // within length
    const found: NodeVictims | Verdict = selectVictims(cycle, node, { retry, budgetsOf });
    if ('code' in found) { refused.set(node, { plugin: '', verdict: found }); continue; }
    (found.violations === 0 ? sparing : violating).set(node, found);
    if (sparing.size > 0 && sparing.size + violating.size >= wanted) break;
  }
  return { candidates: new Map([...sparing, ...violating]), refusals: refused };
}

function potentialNodes({ table }: Cycle, { byNode, others }: Refusals): NodeView[] {
  return table.nodes.filter((node) => (byNode.get(node) ?? others)?.verdict.code === 'unschedulable');
}

export function candidatesWanted(nodes: number, { minCandidateNodesPercentage, minCandidateNodesAbsolute }: DefaultPreemptionArgs): number {
  return Math.min(nodes, Math.max(minCandidateNodesAbsolute, Math.trunc((nodes * minCandidateNodesPercentage) / 100)));
}

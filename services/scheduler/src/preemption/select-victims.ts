import type { policyV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { Cycle, DryRun, NodeVictims } from '../framework/plugin.ts';
import { unresolvable, type Verdict } from '../framework/verdict.ts';
import { splitByBudgets } from './budgets.ts';
import { byImportance } from './importance.ts';

const NO_VICTIMS = unresolvable('No preemption victims found for incoming pod');

export type BudgetsOf = (namespace: string) => readonly Readonly<policyV1.PodDisruptionBudget>[];

/**
 * Takes all less important pods off the node, and puts back, the most important first, those that may stay; pods that a budget protects
 * come before the others. The table is as before afterwards.
 */
export function selectVictims({ subject, nowMs }: Cycle, node: NodeView, { retry, budgetsOf }: { retry: DryRun; budgetsOf: BudgetsOf }): NodeVictims | Verdict {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < subject.priority);
  if (lower.length === 0) return NO_VICTIMS;
  const off = new Set<PodInfo>();
  const take = (pod: PodInfo): void => { retry.remove(pod, node); off.add(pod); };
  try {
    for (const pod of lower) take(pod);
    const refused = retry.fits(node);
    if (refused !== undefined) return refused.verdict;
    const order = byImportance(nowMs);
    const { violating, others } = splitByBudgets(lower.sort(order), budgetsOf);
    const hasToGo = (pod: PodInfo): boolean => {
      retry.add(pod, node);
      off.delete(pod);
      if (retry.fits(node) === undefined) return false;
      take(pod);
      return true;
    };
    const violations = violating.filter(hasToGo);
    return { pods: [...violations, ...others.filter(hasToGo)].sort(order), violations: violations.length };
  } finally { for (const pod of off) retry.add(pod, node); }
}

import { matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import type { policyV1 } from '@kubernode/api';
import type { PodInfo } from '../cache/pod-info.ts';

type Budget = Readonly<policyV1.PodDisruptionBudget>;

/** Pods whose eviction would break a budget, and the others; each pod uses one of the evictions that each of its budgets allows. Keeps the order. */
export function splitByBudgets(pods: readonly PodInfo[], budgetsOf: (namespace: string) => readonly Budget[]): { violating: PodInfo[]; others: PodInfo[] } {
  const left = new Map<Budget, number>();
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const one of pods) {
    let violates = false;
    for (const budget of budgetsOf(one.namespace)) {
      if (!protects(budget, one)) continue;
      const allowed = (left.get(budget) ?? budget.status?.disruptionsAllowed ?? 0) - 1;
      left.set(budget, allowed);
      if (allowed < 0) violates = true;
    }
    (violates ? violating : others).push(one);
  }
  return { violating, others };
}

/** An empty selector protects nobody here, and pods already counted as disrupted cost nothing more. */
function protects({ spec, status }: Budget, { pod, labels }: PodInfo): boolean {
  if (labels === undefined || Object.keys(labels).length === 0) return false;
  const selector = selectorFromLabelSelector(spec?.selector);
  return selector.length > 0 && matchesLabels(selector, labels) && status?.disruptedPods?.[pod.metadata.name] === undefined;
}

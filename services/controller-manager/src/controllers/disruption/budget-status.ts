import { formatTime, sameJson } from '@kubernode/apimachinery';
import { policyV1Resources, type coreV1, type metaV1, type policyV1 } from '@kubernode/api';
import type { Action, Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';
import { isReadyPod } from '../pods.ts';
import { selectorText } from '../selector-text.ts';
import { disruptedPods } from './disrupted-pods.ts';
import { expectedPods } from './expected-pods.ts';
import type { WorkloadScale } from './workload-scale.ts';

type Budget = Readonly<policyV1.PodDisruptionBudget>;
type Pod = Readonly<coreV1.Pod>;
type Status = policyV1.PodDisruptionBudgetStatus;

const budgets = policyV1Resources.poddisruptionbudgets;

export interface BudgetSnapshot {
  about: 'budget';
  budget: Budget;
  pods: readonly Pod[];
  /** Of the workloads of the pods, by the uid of the pods' owner. */
  scales: ReadonlyMap<string, WorkloadScale>;
}

/** How many pods there are and should be, and how many of them may be evicted now. */
export function reconcileBudget({ budget, pods, scales }: BudgetSnapshot, nowMs: number): Plan {
  const events: Action[] = pods.length === 0 ? [tell(budget, 'Normal', 'NoPods', 'No matching pods found')] : [];
  const expected = expectedPods(budget, pods, scales);
  if ('fault' in expected) return { actions: [...events, tell(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${expected.fault}`), ...writeStatus(budget, unknownStatus(budget, expected.fault, nowMs))] };
  if (expected.unmanaged) events.push(tell(budget, 'Warning', 'UnmanagedPods', unmanagedMessage(budget)));
  const { waiting, notDeleted, giveUpInMs } = disruptedPods(budget.status?.disruptedPods, pods, nowMs);
  const { namespace = '' } = budget.metadata;
  for (const pod of notDeleted) events.push(tell(pod, 'Warning', 'NotDeleted', `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`)); // the namespace twice, as Kubernetes says it
  const currentHealthy = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && waiting[pod.metadata.name] === undefined && isReadyPod(pod)).length;
  const disruptionsAllowed = expected.count <= 0 ? 0 : Math.max(0, currentHealthy - expected.healthy);
  const observedGeneration = budget.metadata.generation ?? 0;
  const counts: Status = {
    ...(Object.keys(waiting).length > 0 && { disruptedPods: waiting }), currentHealthy, desiredHealthy: expected.healthy, disruptionsAllowed, expectedPods: expected.count,
    ...(observedGeneration > 0 && { observedGeneration }),
  };
  const reason = disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const conditions = isUpToDate(budget, counts, reason) ? budget.status?.conditions ?? [] : withAllowed(budget, { status: disruptionsAllowed > 0 ? 'True' : 'False', reason, message: '', ...(observedGeneration > 0 && { observedGeneration }) }, nowMs);
  return { actions: [...events, ...writeStatus(budget, { ...counts, conditions: [...conditions] })], againAfterMs: giveUpInMs };
}

/** When nothing is known, nothing may be evicted; the rest stays as it was. */
function unknownStatus(budget: Budget, message: string, nowMs: number): Status {
  const { observedGeneration } = budget.status ?? {};
  const condition = { status: 'False', reason: 'SyncFailed', message, ...(observedGeneration !== undefined && { observedGeneration }) } as const;
  return { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...budget.status, disruptionsAllowed: 0, conditions: [...withAllowed(budget, condition, nowMs)] };
}

/** Then the condition is not touched, whatever its message says. */
function isUpToDate({ status }: Budget, counts: Status, reason: string): boolean {
  const { conditions, ...known } = status ?? { currentHealthy: -1, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  const condition = conditionOf(conditions, 'DisruptionAllowed');
  return sameJson(known, counts) && condition?.reason === reason;
}

/** The time of a condition is that of its last change of status. */
function withAllowed({ status }: Budget, statement: Omit<metaV1.Condition, 'type' | 'lastTransitionTime'>, nowMs: number): readonly metaV1.Condition[] {
  const conditions = status?.conditions ?? [];
  const known = conditionOf(conditions, 'DisruptionAllowed');
  const made: metaV1.Condition = { type: 'DisruptionAllowed', lastTransitionTime: known?.status === statement.status ? known.lastTransitionTime : formatTime(nowMs), ...statement };
  return known === undefined ? [...conditions, made] : conditions.map((one) => (one === known ? made : one));
}

function writeStatus(budget: Budget, status: Status): readonly Action[] {
  return sameJson(status, budget.status) ? [] : [{ do: 'update', resource: budgets, object: { ...budget, status }, subresource: 'status' }];
}

function unmanagedMessage({ spec }: Budget): string {
  return `Pods selected by this PodDisruptionBudget (selector: ${selectorText(spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

function tell(about: Budget | Pod, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }

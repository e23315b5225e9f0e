import { formatTime, matchesLabels, scaledIntOrPercent, selectorFromLabelSelector, timeToMs } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, policyV1Resources, type coreV1, type metaV1, type policyV1, type ResourceRef } from '@kubernode/api';
import { controller, controllerOf, nothingToDo, ownKey, watch, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';
import { isFinished, isReadyPod } from '../pods.ts';
import { sameJson } from '../same-json.ts';

type Budget = Readonly<policyV1.PodDisruptionBudget>;
type Pod = Readonly<coreV1.Pod>;

const budgets = policyV1Resources.poddisruptionbudgets;
/** An evicted pod that is still there after this long was not deleted after all. */
const DISRUPTED_MAX_MS = 120_000;

/** How many pods the workload of a pod wishes; undefined for a pod of none. */
export interface Scale { uid: string; replicas: number }

export interface BudgetSnapshot { budget: Budget; pods: readonly Pod[]; scaleOf(pod: Pod): Scale | undefined }

/** PodDisruptionBudgets: how many of their pods may be evicted now. */
export const disruptionController: Controller = controller<BudgetSnapshot>({
  name: 'disruption',
  component: 'controllermanager',
  watches: [
    watch({ resource: budgets, keys: ownKey }),
    workload(appsV1Resources.replicasets), workload(appsV1Resources.deployments), workload(appsV1Resources.statefulsets), workload(coreV1Resources.replicationcontrollers),
    watch({
      resource: coreV1Resources.pods,
      keys: ({ object, previous }, listers) => listers.of(budgets).inNamespace((object ?? previous)?.metadata.namespace ?? '')
        .filter(({ spec }) => [object, previous].some((pod) => pod !== undefined && matchesLabels(selectorFromLabelSelector(spec?.selector), pod.metadata.labels)))
        .map(({ metadata: { name, namespace = '' } }) => `${namespace}/${name}`),
    }),
  ],
  read(key, listers) {
    const budget = listers.of(budgets).get(key);
    if (budget === undefined) return undefined;
    const selector = selectorFromLabelSelector(budget.spec?.selector);
    const pods = listers.of(coreV1Resources.pods).inNamespace(budget.metadata.namespace ?? '').filter((pod) => matchesLabels(selector, pod.metadata.labels) && !isFinished(pod));
    return { budget, pods, scaleOf: (pod) => scaleOf(pod, listers) };
  },
  reconcile,
});

/** A workload's size tells how many pods there should be. */
function workload<T extends { metadata: { namespace?: string; generation?: number } }>(resource: ResourceRef<T>): ReturnType<typeof watch> {
  return watch<T>({
    resource, keys: ({ object, previous }, listers) => (object?.metadata.generation === previous?.metadata.generation ? [] : budgetsIn((object ?? previous)?.metadata.namespace ?? '', listers)),
  });
}

function budgetsIn(namespace: string, listers: Listers): string[] {
  return listers.of(budgets).inNamespace(namespace).map(({ metadata: { name } }) => `${namespace}/${name}`);
}

function scaleOf({ metadata }: Pod, listers: Listers): Scale | undefined {
  const namespace = metadata.namespace ?? '';
  const owner = controllerOf({ metadata });
  if (owner === undefined) return undefined;
  const key = `${namespace}/${owner.name}`;
  switch (owner.kind) {
    case 'ReplicaSet': {
      const set = listers.of(appsV1Resources.replicasets).get(key);
      const above = set && controllerOf(set);
      const deployment = above?.kind === 'Deployment' ? listers.of(appsV1Resources.deployments).get(`${namespace}/${above.name}`) : undefined;
      return { uid: deployment?.metadata.uid ?? owner.uid, replicas: (deployment ?? set)?.spec?.replicas ?? 0 };
    }
    case 'StatefulSet': return { uid: owner.uid, replicas: listers.of(appsV1Resources.statefulsets).get(key)?.spec?.replicas ?? 0 };
    case 'ReplicationController': return { uid: owner.uid, replicas: listers.of(coreV1Resources.replicationcontrollers).get(key)?.spec?.replicas ?? 0 };
    default: return { uid: owner.uid, replicas: 0 };
  }
}

export function reconcile({ budget, pods, scaleOf: scale }: BudgetSnapshot, nowMs: number): Plan {
  if (budget.metadata.deletionTimestamp !== undefined) return nothingToDo;
  const events: Action[] = pods.length === 0 ? [tell(budget, 'Normal', 'NoPods', 'No matching pods found')] : [];
  const expected = expectedPods(budget, pods, scale);
  if (expected.unmanaged) events.push(tell(budget, 'Warning', 'UnmanagedPods', `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`));
  const disrupted = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, time]) => pods.some(({ metadata }) => metadata.name === name && metadata.deletionTimestamp === undefined) && (timeToMs(time) ?? 0) + DISRUPTED_MAX_MS > nowMs);
  const evicted = new Set(disrupted.map(([name]) => name));
  const currentHealthy = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !evicted.has(pod.metadata.name) && isReadyPod(pod)).length;
  const disruptionsAllowed = expected.count <= 0 ? 0 : Math.max(0, currentHealthy - expected.healthy);
  const status: policyV1.PodDisruptionBudgetStatus = {
    ...(disrupted.length > 0 && { disruptedPods: Object.fromEntries(disrupted) }),
    currentHealthy, desiredHealthy: expected.healthy, disruptionsAllowed, expectedPods: expected.count, observedGeneration: budget.metadata.generation ?? 0,
    conditions: [allowed(budget, disruptionsAllowed > 0, nowMs)],
  };
  const waits = disrupted.map(([, time]) => (timeToMs(time) ?? 0) + DISRUPTED_MAX_MS - nowMs);
  return {
    actions: [...events, ...(sameJson(status, budget.status) ? [] : [{ do: 'update', resource: budgets, object: { ...budget, status }, subresource: 'status' } as const])],
    ...(waits.length > 0 && { againAfterMs: Math.max(1, Math.min(...waits)) }),
  };
}

function allowed(budget: Budget, yes: boolean, nowMs: number): metaV1.Condition {
  const known = conditionOf(budget.status?.conditions, 'DisruptionAllowed');
  const status = yes ? 'True' : 'False';
  const lastTransitionTime = known?.status === status ? known.lastTransitionTime : formatTime(nowMs);
  return { type: 'DisruptionAllowed', status, reason: yes ? 'SufficientPods' : 'InsufficientPods', message: '', observedGeneration: budget.metadata.generation ?? 0, lastTransitionTime };
}

/** How many pods there should be, and how many of them healthy. Shares and maxUnavailable ask the workloads, a number is taken as it is. */
function expectedPods({ spec }: Budget, pods: readonly Pod[], scale: (pod: Pod) => Scale | undefined): { count: number; healthy: number; unmanaged: boolean } {
  const { minAvailable, maxUnavailable } = spec ?? {};
  if (maxUnavailable === undefined && typeof minAvailable !== 'string') return { count: pods.length, healthy: minAvailable ?? 0, unmanaged: false };
  const scales = pods.map(scale);
  const count = [...new Map(scales.flatMap((one) => (one === undefined ? [] : [[one.uid, one.replicas] as const]))).values()].reduce((sum, one) => sum + one, 0);
  const healthy = maxUnavailable === undefined ? scaledIntOrPercent(minAvailable ?? 0, count, 'up') ?? 0 : Math.max(0, count - (scaledIntOrPercent(maxUnavailable, count, 'up') ?? 0));
  return { count, healthy, unmanaged: scales.includes(undefined) };
}

/** As Go prints it, which is how users know this message. */
function selectorText(selector: metaV1.LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}: ${value},`).join('');
  const terms = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${terms}},}`;
}

function tell(about: Budget, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }

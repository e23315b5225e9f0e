import { matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, policyV1Resources, type coreV1, type policyV1, type ResourceRef } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, controllerOf, ownKey, watch, type Action, type Controller, type Listers, type Plan, type Watch } from '@kubernode/controller';
import { ClusterResources } from '../scale/cluster-resources.ts';
import { reconcileBudget, type BudgetSnapshot } from './budget-status.ts';
import { asksWorkloads } from './expected-pods.ts';
import { clearDisruptionTarget, staleInMs } from './stale-disruption-target.ts';
import { askScales, knownScale } from './workload-scale.ts';

type Budget = Readonly<policyV1.PodDisruptionBudget>;
type Pod = Readonly<coreV1.Pod>;

const budgets = policyV1Resources.poddisruptionbudgets;
const pods = coreV1Resources.pods;
/** Keys of pods, beside those of budgets; no name has a colon. */
const POD = 'pod:';

/** A pod that more than one budget is about, or that was to be disrupted. */
interface PodSnapshot { about: 'pod'; pod: Pod; budgets: readonly Budget[] }

/** PodDisruptionBudgets: how many of their pods may be evicted now. And pods that were to be disrupted and were not. */
export function disruptionController(clock: Clock): Controller {
  const resources = new ClusterResources(clock);
  return controller<BudgetSnapshot | PodSnapshot>({
    name: 'disruption',
    component: 'controllermanager',
    workers: 1,
    watches: [
      watch({ resource: budgets, keys: ownKey }),
      workload(appsV1Resources.replicasets), workload(appsV1Resources.deployments), workload(appsV1Resources.statefulsets), workload(coreV1Resources.replicationcontrollers),
      watch<coreV1.Pod>({ resource: pods, keys: ({ object, previous }, listers) => [...keysOfPod(object, listers), ...keysOfPod(previous, listers).filter((key) => !key.includes(POD))] }),
    ],
    read: (key, listers) => (key.includes(`/${POD}`) ? readPod(key.replace(POD, ''), listers) : readBudget(key, listers)),
    async ask(snapshot, reach) {
      if (snapshot.about === 'pod' || !asksWorkloads(snapshot.budget)) return snapshot;
      return { ...snapshot, scales: await askScales(snapshot.pods, snapshot.scales, resources, reach) };
    },
    reconcile: (snapshot, nowMs) => (snapshot.about === 'pod' ? reconcilePod(snapshot, nowMs) : reconcileBudget(snapshot, nowMs)),
  });
}

/** A workload's size tells how many pods there should be. */
function workload<T extends { metadata: { namespace?: string; generation?: number } }>(resource: ResourceRef<T>): Watch {
  return watch<T>({
    resource,
    keys: ({ object, previous }, listers) => (object?.metadata.generation === previous?.metadata.generation ? [] : listers.of(budgets).inNamespace((object ?? previous)?.metadata.namespace ?? '').filter(asksWorkloads).map(keyOf)),
  });
}

function keyOf({ metadata: { name, namespace = '' } }: Budget): string { return `${namespace}/${name}`; }

function keysOfPod(pod: Pod | undefined, listers: Listers): string[] {
  if (pod === undefined) return [];
  const matching = budgetsOf(pod, listers);
  const looked = matching.length > 1 || pod.status?.conditions?.some(({ type }) => type === 'DisruptionTarget') === true;
  return [...matching.map(keyOf), ...(looked ? [`${pod.metadata.namespace ?? ''}/${POD}${pod.metadata.name}`] : [])];
}

function budgetsOf(pod: Pod, listers: Listers): readonly Budget[] {
  return listers.of(budgets).inNamespace(pod.metadata.namespace ?? '').filter(({ spec }) => matchesLabels(selectorFromLabelSelector(spec?.selector), pod.metadata.labels));
}

function readBudget(key: string, listers: Listers): BudgetSnapshot | undefined {
  const budget = listers.of(budgets).get(key);
  if (budget === undefined) return undefined;
  const { namespace = '' } = budget.metadata;
  const selector = selectorFromLabelSelector(budget.spec?.selector);
  const chosen = listers.of(pods).inNamespace(namespace).filter(({ metadata }) => matchesLabels(selector, metadata.labels));
  const scales = new Map(chosen.flatMap((pod) => {
    const owner = controllerOf(pod);
    const scale = owner && knownScale(owner, namespace, listers);
    return owner === undefined || scale === undefined ? [] : [[owner.uid, scale] as const];
  }));
  return { about: 'budget', budget, pods: chosen, scales };
}

function readPod(key: string, listers: Listers): PodSnapshot | undefined {
  const pod = listers.of(pods).get(key);
  return pod && { about: 'pod', pod, budgets: budgetsOf(pod, listers) };
}

/** Says that an eviction would have to heed several budgets, which it cannot; takes back a stale condition. */
function reconcilePod({ pod, budgets: matching }: PodSnapshot, nowMs: number): Plan {
  const { name, namespace = '' } = pod.metadata;
  const [chosen] = matching.map((budget) => budget.metadata.name).sort();
  const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${chosen ?? ''}" arbitrarily.`;
  const events: Action[] = matching.length > 1 ? [{ do: 'event', about: pod, type: 'Warning', reason: 'MultiplePodDisruptionBudgets', message }] : [];
  const waitMs = staleInMs(pod, nowMs);
  return { actions: [...events, ...(waitMs === 0 ? [clearDisruptionTarget(pod, nowMs)] : [])], againAfterMs: waitMs === 0 ? undefined : waitMs };
}

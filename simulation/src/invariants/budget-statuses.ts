import type { History, Stored, Version } from '../history/history.ts';
import { budgetFacts, disruptedBetween } from './budget-facts.ts';
import type { Invariant } from './invariant.ts';
import { podFacts, type PodFacts, type Pods } from './pod-facts.ts';
import { Recent } from './recent.ts';
import { scaled } from './wishes.ts';

/** What a budget says of its pods was so, all of it at one moment that its controller could have seen; at rest it is so. */
export function budgetStatuses(): Invariant {
  const pods = new Recent<Pods>(); // by namespace and app
  return {
    name: 'budgets say what pods there are',
    observe({ resource, object, previous, atMs }: Version) {
      if (resource === 'pods') notePod(pods, { object, previous, atMs });
      if (resource !== 'poddisruptionbudgets' || object === undefined || previous === undefined || object.metadata.generation !== previous.metadata.generation) return undefined;
      const [before, after] = [budgetFacts(previous), budgetFacts(object)];
      if (after.isUnknown || disruptedBetween(before, after).length > 0) return undefined;
      const moments = pods.latest(groupOf(object, after.app)) === undefined ? [new Map<string, PodFacts>()] : pods.seen(groupOf(object, after.app), atMs);
      const healthy = new Set(moments.map((moment) => [...moment.values()].filter(({ name, isReady, isGoing }) => isReady && !isGoing && after.disrupted[name] === undefined).length));
      if (!healthy.has(after.healthy)) return `${after.name} says that ${after.healthy} pods are healthy, where there were ${[...healthy].join(' or ')}`;
      const spare = Math.max(0, after.healthy - after.wanted);
      return after.allowed > spare ? `${after.name} allows ${after.allowed} disruptions, where ${after.healthy} pods are healthy and ${after.wanted} needed` : undefined;
    },
    *atRest(history: History) {
      for (const budget of history.all('poddisruptionbudgets')) {
        const { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed, observedGeneration, disruptedPods = {} } = budget.status as Partial<Record<string, number>> & { disruptedPods?: object }; // a PodDisruptionBudget
        const wanted = expectedStatus(budget, history);
        const said = [expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed];
        if (said.join() !== wanted.join()) yield `${budget.metadata.namespace ?? ''}/${budget.metadata.name} says ${said.join()}, where it should say ${wanted.join()}`;
        if (observedGeneration !== budget.metadata.generation || Object.keys(disruptedPods).length > 0) yield `${budget.metadata.namespace ?? ''}/${budget.metadata.name} is not up to date: ${JSON.stringify(budget.status)}`;
      }
    },
  };
}

function groupOf({ metadata: { namespace = '' } }: Stored, app: string | undefined): string { return `${namespace}/${app ?? ''}`; }

function notePod(pods: Recent<Pods>, { object, previous, atMs }: Pick<Version, 'object' | 'previous' | 'atMs'>): void {
  const pod = object ?? previous as Stored; // one of them is there
  const group = groupOf(pod, pod.metadata.labels?.['app']);
  if (pods.latest(group) === undefined) pods.note(group, 0, new Map());
  const now = new Map(pods.latest(group));
  if (object === undefined) now.delete(pod.metadata.uid ?? ''); else now.set(pod.metadata.uid ?? '', podFacts(object));
  pods.note(group, atMs, now);
}

interface BudgetSpec { minAvailable?: number | string; maxUnavailable?: number | string }

/** Pods that should be there, that are healthy, that have to be, and that may go. */
function expectedStatus(budget: Stored, history: History): [expected: number, healthy: number, wanted: number, allowed: number] {
  const { minAvailable = 0, maxUnavailable } = budget.spec as BudgetSpec; // a PodDisruptionBudget
  const { app } = budgetFacts(budget);
  const pods = [...history.all('pods')].filter(({ metadata }) => metadata.namespace === budget.metadata.namespace && metadata.labels?.['app'] === app);
  const expected = maxUnavailable === undefined && typeof minAvailable === 'number' ? pods.length : wishedFor(pods, history);
  const wanted = maxUnavailable === undefined ? scaled(minAvailable, expected, Math.ceil) : Math.max(0, expected - scaled(maxUnavailable, expected, Math.ceil));
  const healthy = pods.map(podFacts).filter(({ isReady, isGoing }) => isReady && !isGoing).length;
  return [expected, healthy, wanted, expected === 0 ? 0 : Math.max(0, healthy - wanted)];
}

/** How many pods those want together to whom these belong. */
function wishedFor(pods: readonly Stored[], history: History): number {
  const controllerOf = ({ metadata }: Stored): string | undefined => metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
  const workloads = new Map(['deployments', 'replicasets', 'statefulsets'].flatMap((resource) => [...history.all(resource)].map((one) => [one.metadata.uid, one] as const)));
  const tops = new Set(pods.map((pod) => {
    const owner = workloads.get(controllerOf(pod));
    return owner && (workloads.get(controllerOf(owner)) ?? owner);
  }));
  return [...tops].reduce((sum, one) => sum + Number(one?.spec?.['replicas'] ?? 0), 0);
}

import type { History, Stored, Version } from '../history/history.ts';
import { budgetFacts, disruptedBetween, type BudgetFacts } from './budget-facts.ts';
import type { Invariant, TakenWrite } from './invariant.ts';
import { podFacts } from './pod-facts.ts';
import { Recent, STALE_MS } from './recent.ts';

/** A pod as the server looks at it that is asked to evict it. */
interface Sighting { isFree: boolean; isReady: boolean }

/**
 * Each eviction was paid for from the pod's budget, unless there was none, or the pod did not count, at some time while the server may have looked.
 * A budget pays in the transaction that makes it smaller: so between two writes of its controller as many go as it said, whoever evicts.
 */
export function budgetedEvictions(): Invariant {
  const pods = new Recent<Sighting>(); // by uid
  const budgets = new Recent<ReadonlyMap<string, BudgetFacts>>(); // by namespace: those that are there, by uid
  const paid = new Map<string, number[]>(); // by namespace and name of the pod: when, each for one eviction
  return {
    name: 'evictions heed budgets',
    observe({ resource, object, previous, atMs }: Version) {
      if (resource === 'poddisruptionbudgets') return budgetChanged(object, previous, atMs);
      if (resource !== 'pods' || object === undefined) return undefined;
      const wrong = isEvicted(object) && !isEvicted(previous) ? evicted(object, atMs) : undefined;
      pods.note(object.metadata.uid ?? '', atMs, sightingOf(object));
      return wrong;
    },
    taken({ process, request: { method, path }, response: { status }, atMs }: TakenWrite, history: History) {
      const [, namespace, name] = EVICTION.exec(path) ?? [];
      if (method !== 'POST' || name === undefined || status !== 201) return undefined;
      const pod = history.get('pods', `/registry/pods/${namespace ?? ''}/${name}`);
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || pods.spansMs(pod.metadata.uid ?? '', atMs) < STALE_MS) return undefined; // one that has come since
      return `an eviction of ${process} was taken, and ${name} stays`;
    },
  };

  function budgetChanged(object: Stored | undefined, previous: Stored | undefined, atMs: number): string | undefined {
    const { metadata: { namespace = '', uid = '' } } = object ?? previous as Stored; // one of them is there
    if (budgets.latest(namespace) === undefined) budgets.note(namespace, 0, new Map());
    const now = new Map(budgets.latest(namespace));
    const before = now.get(uid);
    if (object === undefined) now.delete(uid); else now.set(uid, budgetFacts(object));
    budgets.note(namespace, atMs, now);
    const after = now.get(uid);
    if (after === undefined) return undefined;
    const gone = disruptedBetween(before, after);
    for (const pod of gone) paid.set(`${namespace}/${pod}`, [...paid.get(`${namespace}/${pod}`) ?? [], atMs]);
    if (gone.length === 0) return undefined;
    const isPaid = before !== undefined && before.isUpToDate && gone.length === 1 && before.allowed > 0 && after.allowed === before.allowed - 1;
    return isPaid ? undefined : `${gone.join()} may go by ${after.name}, which allowed ${before?.allowed ?? 0} and then ${after.allowed}`;
  }

  function evicted({ metadata: { namespace = '', name, uid = '', labels } }: Stored, atMs: number): string | undefined {
    const moments = budgets.latest(namespace) === undefined ? [new Map<string, BudgetFacts>()] : budgets.seen(namespace, atMs);
    const sightings = pods.seen(uid, atMs);
    const matching = moments.map((moment) => [...moment.values()].filter(({ app }) => app === undefined || app === labels?.['app']));
    if (matching.some(({ length }) => length === 0) || sightings.some(({ isFree }) => isFree)) return undefined;
    if (sightings.some(({ isReady }) => !isReady) && matching.some((moment) => moment.some(({ freesUnhealthy }) => freesUnhealthy))) return undefined;
    const [first, ...rest] = (paid.get(`${namespace}/${name}`) ?? []).filter((ms) => ms > atMs - STALE_MS);
    paid.set(`${namespace}/${name}`, rest);
    return first === undefined ? `${name} was evicted, and ${matching.at(-1)?.map((one) => one.name).join() ?? ''} has not paid for it` : undefined;
  }
}

const EVICTION = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction(?:\?|$)/;

function sightingOf(pod: Stored): Sighting {
  const { isReady, isGoing, isEnded } = podFacts(pod);
  return { isReady, isFree: isGoing || isEnded || (pod.status?.['phase'] ?? 'Pending') === 'Pending' };
}

function isEvicted(pod: Stored | undefined): boolean {
  const conditions = pod?.status?.['conditions'] as { type: string; status: string; reason?: string }[] | undefined ?? []; // a Pod
  return conditions.some(({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === 'EvictionByEvictionAPI');
}

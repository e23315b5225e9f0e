import type { batchV1, coreV1 } from '@kubernode/api';
import { isTerminatingPod } from '../pods.ts';
import { backOffMs, indexBackOffMs, type Failures } from './back-off.ts';
import { firstMissing, union, withIndexes } from './index-intervals.ts';
import { hasLimitPerIndex, indexOf, isIndexed, replacesOnlyFailed } from './job-pods.ts';
import { indexesOf, type Tally } from './job-tally.ts';
import { byRemovalOrder } from './removal-order.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** At most this many pods are made or deleted in one go. */
const BURST_MAX = 500;

/** What it takes to have as many active pods as there should be. Either pods are deleted or made, never both in one go. */
export type Sizing =
  | { step: 'delete'; pods: readonly Pod[] }
  /** One pod for each; undefined for jobs without indexes. */
  | { step: 'create'; indexes: readonly (number | undefined)[] }
  /** After failures, nothing is made for so long. */
  | { step: 'wait'; waitMs: number }
  | { step: 'none' };

export function sizingOf(job: Job, pods: readonly Pod[], tally: Tally, { failures, nowMs }: { failures: Failures; nowMs: number }): Sizing {
  const wanted = job.spec?.suspend === true ? 0 : wantedActive(job, tally);
  const surplus = surplusPods(job, tally.active, Math.max(0, tally.active.length - wanted));
  if (surplus.length > 0) return { step: 'delete', pods: job.spec?.suspend === true ? surplus : surplus.slice(0, BURST_MAX) };
  const missing = wanted - tally.active.length - (replacesOnlyFailed(job) ? tally.terminating : 0);
  if (missing <= 0) return { step: 'none' };
  const waitMs = hasLimitPerIndex(job) ? 0 : backOffMs(failures, nowMs);
  if (waitMs > 0) return { step: 'wait', waitMs };
  const max = Math.min(missing, BURST_MAX);
  return isIndexed(job) ? creationOf(freeIndexes(job, pods, tally, max), tally, nowMs) : { step: 'create', indexes: Array.from({ length: max }, () => undefined) };
}

function wantedActive({ spec }: Job, { active, succeeded }: Tally): number {
  const parallelism = spec?.parallelism ?? 1;
  if (spec?.completions === undefined) return succeeded > 0 ? active.length : parallelism; // one success is enough; who still runs may end
  return Math.max(0, Math.min(spec.completions - succeeded, parallelism));
}

/** For indexed jobs, first those whose index is another's too or none of the job's. */
function surplusPods(job: Job, active: readonly Pod[], atLeast: number): Pod[] {
  const { useless, left } = isIndexed(job) ? withoutDoubles(active, job.spec?.completions ?? 0) : { useless: [], left: [...active] };
  return useless.length >= atLeast ? useless : [...useless, ...left.sort(byRemovalOrder).slice(0, atLeast - useless.length)];
}

function withoutDoubles(active: readonly Pod[], completions: number): { useless: Pod[]; left: Pod[] } {
  const byIndex = new Map<number, Pod[]>();
  const useless: Pod[] = [];
  for (const pod of active) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions) useless.push(pod);
    else byIndex.set(index, [...byIndex.get(index) ?? [], pod]);
  }
  const left: Pod[] = [];
  for (const pods of byIndex.values()) {
    const sorted = pods.sort(byRemovalOrder);
    useless.push(...sorted.slice(0, -1));
    left.push(...sorted.slice(-1));
  }
  return { useless, left };
}

/** Neither done with nor taken. */
function freeIndexes(job: Job, pods: readonly Pod[], { active, succeededIndexes, failedIndexes }: Tally, max: number): number[] {
  const taken = replacesOnlyFailed(job) ? [...active, ...pods.filter(isTerminatingPod)] : active;
  return firstMissing(withIndexes(union(succeededIndexes, failedIndexes ?? []), indexesOf(taken)), { end: job.spec?.completions ?? 0, max });
}

/** Indexes that failed wait each for themselves; when all do, for the first. */
function creationOf(indexes: readonly number[], { awaitingSuccessor }: Tally, nowMs: number): Sizing {
  const waits = indexes.map((index) => indexBackOffMs(awaitingSuccessor.get(index), nowMs));
  const ready = indexes.filter((_index, i) => waits[i] === 0);
  if (ready.length > 0) return { step: 'create', indexes: ready };
  return indexes.length === 0 ? { step: 'none' } : { step: 'wait', waitMs: Math.min(...waits) };
}


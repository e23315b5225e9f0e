import type { Verdict } from './verdict.ts';

/** Extension points as Kubernetes' metrics name them. */
export type ObservedPoint = 'PreFilter' | 'Filter' | 'PostFilter' | 'PreScore' | 'Score' | 'Reserve' | 'Unreserve' | 'Permit' | 'PreBind' | 'Bind' | 'PostBind';
export type ObservedStatus = 'Success' | 'Error' | 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Wait' | 'Skip' | 'Pending';

/** Told how long the extension points of one attempt take. It changes nothing about the decision. */
export interface CycleObserver {
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  point(point: ObservedPoint, status: ObservedStatus, sinceMs: number): void;
  /** Absent in most attempts: asking the clock before and after each plugin costs more than some plugins do. */
  readonly plugin?: ((plugin: string, point: ObservedPoint, status: ObservedStatus, sinceMs: number) => void) | undefined;
  /** The plugin was asked so many times: once, or once a node. */
  evaluated(plugin: string, point: ObservedPoint, times: number): void;
}

const STATUSES: Readonly<Record<Verdict['code'], ObservedStatus>> = { unschedulable: 'Unschedulable', unresolvable: 'UnschedulableAndUnresolvable', pending: 'Pending', error: 'Error' };

export function statusOf(verdict: Verdict | undefined): ObservedStatus { return verdict === undefined ? 'Success' : STATUSES[verdict.code]; }

/** Does the work of an extension point and tells how long it took. What throws is not told: the attempt fails with it. */
export function observePoint<T>(observer: CycleObserver | undefined, point: ObservedPoint, { work, status }: { work: () => T; status: (result: T) => ObservedStatus }): T {
  if (observer === undefined) return work();
  const since = observer.now();
  const result = work();
  observer.point(point, status(result), since);
  return result;
}

/** The same for work that waits. */
export async function observePointAsync<T>(observer: CycleObserver | undefined, point: ObservedPoint, { work, status }: { work: () => Promise<T>; status: (result: T) => ObservedStatus }): Promise<T> {
  const since = observer?.now() ?? 0;
  const result = await work();
  observer?.point(point, status(result), since);
  return result;
}

import type { Stored } from '../history/history.ts';

/** A PodDisruptionBudget as evictions see it. */
export interface BudgetFacts {
  name: string;
  /** Which pods it is about: those of one app. */
  app: string | undefined;
  allowed: number;
  healthy: number;
  wanted: number;
  /** Pods that are about to go, and since when. */
  disrupted: Readonly<Record<string, string>>;
  /** Whether the status speaks of the spec as it is. */
  isUpToDate: boolean;
  /** Whether pods may go that are not ready. */
  freesUnhealthy: boolean;
  /** The controller could not tell how many pods there should be. */
  isUnknown: boolean;
}

interface BudgetSpec { selector?: { matchLabels?: { app?: string } }; unhealthyPodEvictionPolicy?: string }
interface BudgetStatus { disruptionsAllowed?: number; currentHealthy?: number; desiredHealthy?: number; observedGeneration?: number; disruptedPods?: Record<string, string>; conditions?: { reason?: string }[] }

export function budgetFacts({ metadata, spec, status }: Stored): BudgetFacts {
  const { selector, unhealthyPodEvictionPolicy } = spec as BudgetSpec; // a PodDisruptionBudget
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0, observedGeneration = 0, disruptedPods = {}, conditions = [] } = (status ?? {}) as BudgetStatus; // as above
  return {
    name: metadata.name, app: selector?.matchLabels?.app, allowed: disruptionsAllowed, healthy: currentHealthy, wanted: desiredHealthy, disrupted: disruptedPods,
    isUpToDate: observedGeneration >= (metadata.generation ?? 0), freesUnhealthy: unhealthyPodEvictionPolicy === 'AlwaysAllow' || (desiredHealthy > 0 && currentHealthy >= desiredHealthy),
    isUnknown: conditions.some(({ reason }) => reason === 'SyncFailed'),
  };
}

/** Pods for which a budget was used between these two writes: only evictions write them down. */
export function disruptedBetween(before: BudgetFacts | undefined, after: BudgetFacts): string[] {
  return Object.keys(after.disrupted).filter((pod) => before?.disrupted[pod] !== after.disrupted[pod]);
}

import { type NodeSnapshot, type Observations, type PressureCondition, signalFacts } from './signals.ts';
import { type Threshold, thresholdKey, valueOf } from './thresholds.ts';

/** What is remembered between looks. Times are monotonic ms. */
export interface PressureState {
  /** Since when each threshold, by its key, has been crossed without a break. */
  crossedSinceMs: ReadonlyMap<string, number>;
  /** When each condition was last seen. */
  conditionSeenMs: ReadonlyMap<PressureCondition, number>;
  /** Crossed for longer than their grace at the last look: they hold until the minimum reclaim is free. */
  met: readonly Threshold[];
  /** Reported by the node now: seen within the transition period. */
  conditions: readonly PressureCondition[];
}

export const NO_PRESSURE: PressureState = { crossedSinceMs: new Map(), conditionSeenMs: new Map(), met: [], conditions: [] };

export interface AssessmentInput { thresholds: readonly Threshold[]; snapshot: Pick<NodeSnapshot, 'observations'>; before: PressureState; transitionMs: number; nowMs: number }

/** What the node is short of after this look. `met` is what must be acted on, memory first. */
export function assessPressure({ thresholds, snapshot: { observations }, before, transitionMs, nowMs }: AssessmentInput): PressureState {
  const crossed = merge(crossedThresholds(thresholds, observations), crossedThresholds(before.met, observations, { withReclaim: true }));
  const crossedSinceMs = new Map(crossed.map((threshold) => [thresholdKey(threshold), before.crossedSinceMs.get(thresholdKey(threshold)) ?? nowMs]));
  const conditionSeenMs = new Map(before.conditionSeenMs);
  for (const { signal } of crossed) conditionSeenMs.set(signalFacts[signal].condition, nowMs);
  return {
    crossedSinceMs, conditionSeenMs,
    met: crossed.filter((threshold) => nowMs - (crossedSinceMs.get(thresholdKey(threshold)) ?? nowMs) >= threshold.graceMs).sort((a, b) => urgency(a) - urgency(b)),
    conditions: [...conditionSeenMs].filter(([, seenMs]) => nowMs - seenMs < transitionMs || seenMs === nowMs).map(([condition]) => condition),
  };
}

/** Those of which less is available than they say; a signal that could not be read crosses nothing. */
export function crossedThresholds(thresholds: readonly Threshold[], observations: Observations, { withReclaim = false }: { withReclaim?: boolean } = {}): Threshold[] {
  return thresholds.filter(({ signal, value, minReclaim }) => {
    const observed = observations.get(signal);
    if (observed === undefined) return false;
    const reclaim = withReclaim && minReclaim !== undefined ? valueOf(minReclaim, observed.capacity) : 0;
    return observed.available < valueOf(value, observed.capacity) + reclaim;
  });
}

function merge(first: readonly Threshold[], second: readonly Threshold[]): Threshold[] {
  const keys = new Set(first.map(thresholdKey));
  return [...first, ...second.filter((threshold) => !keys.has(thresholdKey(threshold)))];
}

const urgency = ({ signal }: Threshold): number => (signalFacts[signal].resource === 'memory' ? 0 : 1);

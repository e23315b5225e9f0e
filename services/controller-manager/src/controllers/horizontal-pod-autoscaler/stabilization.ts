/** How many replicas metrics asked for, and when. */
export interface Recommendation { replicas: number; atMs: number }

export interface Stabilized {
  replicas: number;
  reason: string;
  message: string;
}

const READY = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' } as const;
const UP = { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' } as const;
const DOWN = { reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' } as const;

/** Never fewer than any recommendation within the window asked for. */
export function stabilizedDown(desired: number, recent: readonly Recommendation[], { windowMs, nowMs }: { windowMs: number; nowMs: number }): Stabilized {
  const replicas = Math.max(desired, ...recent.filter(({ atMs }) => atMs >= nowMs - windowMs).map((one) => one.replicas));
  return { replicas, ...(replicas === desired ? READY : DOWN) };
}

/** Scaled no further than every recommendation within the window of that direction agrees to. */
export function stabilizedBothWays(desired: number, recent: readonly Recommendation[], { upMs, downMs, current, nowMs }: { upMs: number; downMs: number; current: number; nowMs: number }): Stabilized {
  const within = (windowMs: number): number[] => recent.filter(({ atMs }) => atMs > nowMs - windowMs).map((one) => one.replicas);
  const atLeast = Math.min(desired, ...within(upMs));
  const atMost = Math.max(desired, ...within(downMs));
  const replicas = Math.min(Math.max(current, atLeast), atMost);
  return { replicas, ...(replicas === desired ? READY : desired >= current ? UP : DOWN) };
}

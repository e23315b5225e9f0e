import type { Rng } from './rng.ts';

export interface BackoffOptions {
  initialMs: number;
  maxMs: number;
  /** Each delay is the one before times this. */
  factor?: number;
  /** Share of the delay that chance may add, 0 to 1; keeps many clients from coming back at once. */
  jitter?: number;
  rng: Rng;
}

export interface Backoff {
  /** The next delay in ms. */
  next(): number;
  /** Begin again from the first delay, after a success. */
  reset(): void;
}

/** Delays that grow by a factor up to a limit. */
export function exponentialBackoff({ initialMs, maxMs, factor = 2, jitter = 0.1, rng }: BackoffOptions): Backoff {
  let delayMs = initialMs;
  return {
    next() {
      const current = delayMs * (1 + jitter * rng.next());
      delayMs = Math.min(delayMs * factor, maxMs);
      return Math.min(current, maxMs);
    },
    reset() { delayMs = initialMs; },
  };
}

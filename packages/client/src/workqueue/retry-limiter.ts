import type { Clock } from '@kubernode/base';

export interface RetryLimits {
  /** Delay after the first failure of a key; doubles with each further one. */
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
  /** All keys together: retries a second, and how many may come at once. Failures of everything must not become a storm. */
  retriesPerSecond?: number;
  retriesBurst?: number;
}

/** How long a key that failed has to wait: by its own failures or by those of all keys, whichever is longer. client-go's defaults. */
export class RetryLimiter {
  readonly #clock: Clock;
  readonly #limits: Required<RetryLimits>;
  readonly #failures = new Map<string, number>();
  #tokens: number; // below zero when retries are promised for later
  #refilledMs: number;

  constructor(clock: Clock, { retryDelayMs = 5, retryDelayMaxMs = 1_000_000, retriesPerSecond = 10, retriesBurst = 100 }: RetryLimits = {}) {
    this.#clock = clock;
    this.#limits = { retryDelayMs, retryDelayMaxMs, retriesPerSecond, retriesBurst };
    this.#tokens = retriesBurst;
    this.#refilledMs = clock.monotonicNow();
  }

  /** Counts a failure; ms until the key may be tried again. */
  when(key: string): number {
    const { retryDelayMs, retryDelayMaxMs } = this.#limits;
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    return Math.max(Math.min(retryDelayMs * 2 ** failures, retryDelayMaxMs), this.#reserve());
  }

  failures(key: string): number { return this.#failures.get(key) ?? 0; }
  forget(key: string): void { this.#failures.delete(key); }
  clear(): void { this.#failures.clear(); }

  #reserve(): number {
    const { retriesPerSecond, retriesBurst } = this.#limits;
    const nowMs = this.#clock.monotonicNow();
    this.#tokens = Math.min(retriesBurst, this.#tokens + ((nowMs - this.#refilledMs) / 1000) * retriesPerSecond) - 1;
    this.#refilledMs = nowMs;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / retriesPerSecond) * 1000;
  }
}

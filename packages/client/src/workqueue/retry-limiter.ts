import type { Clock } from '@kubernode/base';

export interface RetryLimits {
  /** Delay after the first failure of a key; doubles with each further one. */
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
  /** All keys together: retries a second, and how many may come at once. Failures of everything must not become a storm. */
  retriesPerSecond?: number;
  retriesBurst?: number;
}

/** client-go waits up to 1,000 s; but what waits for others, say for room in a quota, shall not wait a quarter of an hour after it came. */
const RETRY_DELAY_MAX_MS = 300_000;

/** How long a key that failed has to wait: by its own failures or by those of all keys, whichever is longer. client-go's defaults but for the longest delay. */
export class RetryLimiter {
  readonly #clock: Clock;
  readonly #limits: Required<RetryLimits>;
  readonly #failures = new Map<string, number>();
  #tokens: number; // below zero when retries are promised for later
  #refilledMs: number;

  constructor(clock: Clock, { retryDelayMs = 5, retryDelayMaxMs = RETRY_DELAY_MAX_MS, retriesPerSecond = 10, retriesBurst = 100 }: RetryLimits = {}) {
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

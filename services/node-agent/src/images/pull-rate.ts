import type { Clock } from '@kubernode/base';

/** Pulls begun per second, with some at once after a pause; 0 per second means no limit. */
export class PullRate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond, burst, clock }: { perSecond: number; burst: number; clock: Clock }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#atMs = clock.monotonicNow();
  }

  /** Whether one more may begin now; it then counts. */
  take(): boolean {
    if (this.#perSecond <= 0) return true;
    const nowMs = this.#clock.monotonicNow();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

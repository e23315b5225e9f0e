import type { Clock } from '@kubernode/base';

const ENTRIES_MAX = 1000;

/** Decisions of the API server, kept for a while. Who asks for one that is being made waits for it; failures are not kept. */
export class DecisionCache<T> {
  readonly #clock: Clock;
  readonly #lifetimeMs: (decision: T) => number;
  readonly #entries = new Map<string, { decision: Promise<T>; untilMs: number }>();

  constructor(clock: Clock, lifetimeMs: (decision: T) => number) {
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
  }

  async get(key: string, decide: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known !== undefined && this.#clock.monotonicNow() < known.untilMs) return known.decision;
    if (this.#entries.size >= ENTRIES_MAX) this.#entries.delete(this.#entries.keys().next().value ?? ''); // the oldest goes
    const entry = { decision: decide(), untilMs: Infinity };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      const decision = await entry.decision;
      entry.untilMs = this.#clock.monotonicNow() + this.#lifetimeMs(decision);
      return decision;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }
}

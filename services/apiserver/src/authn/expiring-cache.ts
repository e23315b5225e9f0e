import type { Clock } from '@kubernode/base';

/** Values that hold for a while, the least recently used of them pushed out when there are too many. */
export class ExpiringCache<V> {
  readonly #clock: Pick<Clock, 'monotonicNow'>;
  readonly #entriesMax: number;
  /** In order of use, so that the first is the one to go. */
  readonly #entries = new Map<string, { value: V; expiresAt: number }>();

  constructor({ clock, entriesMax }: { clock: Pick<Clock, 'monotonicNow'>; entriesMax: number }) {
    this.#clock = clock;
    this.#entriesMax = entriesMax;
  }

  get size(): number { return this.#entries.size; }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAt <= this.#clock.monotonicNow()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** A time to live of 0 keeps nothing. */
  set(key: string, value: V, ttlMs: number): void {
    this.#entries.delete(key);
    if (ttlMs <= 0) return;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#entriesMax && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, { value, expiresAt: this.#clock.monotonicNow() + ttlMs });
  }
}

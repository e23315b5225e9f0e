/** A map of bounded size: the entry that was not used for the longest time makes room. */
export class LruMap<K, V> {
  readonly #entries = new Map<K, V>(); // least recently used first
  readonly #max: number;

  constructor(max: number) { this.#max = max; }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  delete(key: K): void { this.#entries.delete(key); }

  /** Lets go of what was not used for the longest time, as long as `isOver` says so of the next one. */
  forgetOldest(isOver: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) {
      if (!isOver(value)) return;
      this.#entries.delete(key);
    }
  }

  /** All that is there; a copy, so that it may be changed meanwhile. */
  entries(): [K, V][] { return [...this.#entries]; }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#max) this.#entries.delete(this.#entries.keys().next().value as K); // it is not empty
  }
}

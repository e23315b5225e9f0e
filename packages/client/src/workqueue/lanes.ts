import { Deque } from '@kubernode/base';

/** `low`: what was there when a process started; fresh changes overtake it. */
export type Lane = 'normal' | 'low';

/** Of this many keys taken while both lanes have some, one is of the low lane: it is overtaken, never starved. */
const LOW_SHARE = 5;

/** Two first-in-first-out lanes of keys. A key is in one of them at most; moving up is free, moving down does not happen. */
export class Lanes {
  readonly #normal = new Deque<string>();
  readonly #low = new Deque<string>();
  readonly #lowKeys = new Set<string>(); // in #low and not moved up since
  #sinceLow = 0;

  get length(): number { return this.#normal.length + this.#lowKeys.size; }

  push(key: string, lane: Lane): void {
    if (lane === 'normal') { this.#normal.push(key); return; }
    this.#low.push(key);
    this.#lowKeys.add(key);
  }

  /** For a key that waits: it is wanted sooner now. */
  raise(key: string): void {
    if (!this.#lowKeys.delete(key)) return;
    this.#normal.push(key); // what is left of it in the low lane is passed over
  }

  shift(): string | undefined {
    const lowIsDue = this.#normal.length === 0 || this.#sinceLow >= LOW_SHARE - 1;
    const low = lowIsDue && this.#lowKeys.size > 0 ? this.#shiftLow() : undefined;
    this.#sinceLow = low === undefined ? this.#sinceLow + 1 : 0;
    return low ?? this.#normal.shift();
  }

  clear(): void {
    this.#normal.clear();
    this.#low.clear();
    this.#lowKeys.clear();
  }

  #shiftLow(): string | undefined {
    for (;;) {
      const key = this.#low.shift();
      if (key === undefined || this.#lowKeys.delete(key)) return key;
    }
  }
}

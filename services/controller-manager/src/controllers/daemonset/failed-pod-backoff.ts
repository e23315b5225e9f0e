const FIRST_MS = 1000;
const MAX_MS = 15 * 60_000;
/** After this long without a failure, the next one is the first again. */
const FORGOTTEN_AFTER_MS = 2 * MAX_MS;
/** More failing nodes than this at once, and the one that failed longest ago is forgotten. */
const ENTRIES_MAX = 10_000;

interface Entry { delayMs: number; lastMs: number }

/**
 * How soon a failed daemon may be replaced: the first at once, then after one second, two, four, up to fifteen minutes; a kubelet that
 * refuses a pod would else be fought with in a loop. Counted for each node, set and generation of the set.
 */
export class FailedPodBackoff {
  readonly #entries = new Map<string, Entry>(); // the one touched longest ago first

  /** How long to wait before a failed daemon is replaced; 0 for not at all. */
  waitMs(key: string, nowMs: number): number {
    const entry = this.#current(key, nowMs);
    return entry === undefined ? 0 : Math.max(0, entry.lastMs + entry.delayMs - nowMs);
  }

  /** Notes that one is replaced now. */
  note(key: string, nowMs: number): void {
    const before = this.#current(key, nowMs);
    this.#entries.delete(key);
    this.#entries.set(key, { delayMs: before === undefined ? FIRST_MS : Math.min(before.delayMs * 2, MAX_MS), lastMs: nowMs });
    for (const [oldest, { lastMs }] of this.#entries) {
      if (this.#entries.size <= ENTRIES_MAX && nowMs - lastMs <= FORGOTTEN_AFTER_MS) break;
      this.#entries.delete(oldest);
    }
  }

  #current(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || nowMs - entry.lastMs > FORGOTTEN_AFTER_MS ? undefined : entry;
  }
}

import type { WatchEvent } from '../store/object-store.ts';

/** What one watcher was given, and where reading goes on. */
export interface ReadResult { readonly events: readonly WatchEvent[]; readonly next: number }

/** Different reads of one state of the ring; watchers that keep up need one for each scope. */
const READS_MAX = 64;

/**
 * Watchers of one scope that stand at the same place are given the same array, so that what is made of it (joined frames) is made once
 * for all of them. Holds the reads of the newest state of a ring alone.
 */
export class SharedReads {
  readonly #reads = new Map<string, ReadResult>();
  #end = -1;

  /** The read under `key` of a ring that ends at `end`; made by `read` unless another watcher has asked for it. */
  get(key: string, end: number, read: () => ReadResult): ReadResult {
    if (end !== this.#end) { this.#reads.clear(); this.#end = end; }
    const known = this.#reads.get(key);
    if (known !== undefined) return known;
    const result = read();
    if (this.#reads.size < READS_MAX) this.#reads.set(key, result);
    return result;
  }
}

import type { WatchEvent } from '../store/object-store.ts';

/** What one watcher was given, and where reading goes on. */
export interface ReadResult { readonly events: readonly WatchEvent[]; readonly next: number }

/** Different reads of one state of the ring; watchers that keep up need one for each scope. */
const READS_MAX = 64;

/** Where a watcher stands, how far it reads and what it looks at: equal for watchers that are given the same. */
export interface ReadKey { readonly start: number; readonly maxEvents: number; readonly maxBytes: number; readonly scope: string }

interface Known extends ReadKey, ReadResult {}

/**
 * Watchers of one scope that stand at the same place are given the same array, so that what is made of it (joined frames) is made once
 * for all of them. Holds the reads of the newest state of a ring alone.
 */
export class SharedReads {
  readonly #reads = new Map<string, Known>();
  /** Watchers that are woken together mostly ask for the same one after the other. */
  #last: Known | undefined;
  #end = -1;

  /** The read under `key` of a ring that ends at `end`; made by `read` unless another watcher has asked for it. */
  get(key: ReadKey, end: number, read: () => ReadResult): ReadResult {
    if (end !== this.#end) { this.#reads.clear(); this.#last = undefined; this.#end = end; }
    if (this.#last !== undefined && isSame(this.#last, key)) return this.#last;
    const name = `${key.start} ${key.maxEvents} ${key.maxBytes} ${key.scope}`;
    let known = this.#reads.get(name);
    if (known === undefined) {
      known = { ...key, ...read() };
      if (this.#reads.size < READS_MAX) this.#reads.set(name, known);
    }
    return this.#last = known;
  }
}

function isSame(a: ReadKey, b: ReadKey): boolean {
  return a.start === b.start && a.scope === b.scope && a.maxEvents === b.maxEvents && a.maxBytes === b.maxBytes;
}

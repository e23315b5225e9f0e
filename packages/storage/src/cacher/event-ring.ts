import type { WatchEvent } from '../store/object-store.ts';

export interface RingBounds {
  countMax: number;
  bytesMax: number;
  /** Beyond `countMin` events, those older than this go when others come. */
  ageMsMax: number;
  countMin: number;
}

/**
 * The recent events of one resource in order, shared by all its watchers. Each has a sequence number that never repeats; the oldest
 * are dropped when there are too many, they hold too many bytes, or nobody is likely to ask for them any more.
 *
 *     items: [ × × e5 e6 e7 e8 ]     × dropped, cleared now and then;  first = 5, end = 9
 */
export class EventRing {
  readonly #bounds: RingBounds;
  #items: (WatchEvent | undefined)[] = [];
  /** When each came, in step with `#items`. */
  #times: number[] = [];
  /** Sequence number of items[0]. */
  #offset = 0;
  #first = 0;
  #bytes = 0;
  #floor: number;

  /** `floor`: everything after this revision will be pushed. */
  constructor(bounds: RingBounds, floor: number) { this.#bounds = bounds; this.#floor = floor; }

  /** Sequence number of the oldest event that is kept. */
  get first(): number { return this.#first; }
  /** Sequence number of the next event. */
  get end(): number { return this.#offset + this.#items.length; }
  /** All events after this revision are here; of this one perhaps not. */
  get floor(): number { return this.#floor; }

  at(sequence: number): WatchEvent {
    return this.#items[sequence - this.#offset] as WatchEvent; // callers stay in [first, end)
  }

  /** `nowMs` never goes back. */
  push(event: WatchEvent, nowMs: number): number {
    this.#items.push(event);
    this.#times.push(nowMs);
    this.#bytes += event.object.bytes.length;
    while (this.#holdsTooMuch(nowMs)) this.#drop();
    return this.end - 1;
  }

  #holdsTooMuch(nowMs: number): boolean {
    const { countMax, bytesMax, ageMsMax, countMin } = this.#bounds;
    const count = this.end - this.#first;
    if (count > countMax || (this.#bytes > bytesMax && count > 1)) return true;
    return count > countMin && (this.#times[this.#first - this.#offset] ?? nowMs) < nowMs - ageMsMax;
  }

  /** The first sequence number whose event is after `revision`. */
  after(revision: number): number {
    let low = this.#first, high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle).revision <= revision) low = middle + 1; else high = middle;
    }
    return low;
  }

  #drop(): void {
    const dropped = this.at(this.#first);
    this.#floor = dropped.revision;
    this.#bytes -= dropped.object.bytes.length;
    this.#items[this.#first - this.#offset] = undefined;
    this.#first++;
    const dead = this.#first - this.#offset;
    if (dead >= SWEEP_COUNT && dead * 2 > this.#items.length) { this.#items = this.#items.slice(dead); this.#times = this.#times.slice(dead); this.#offset = this.#first; }
  }
}

/** Dropped places are given back together, once they are this many and half of all. */
const SWEEP_COUNT = 256;

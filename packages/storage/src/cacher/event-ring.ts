import type { WatchEvent } from '../store/object-store.ts';

export interface RingBounds { countMax: number; bytesMax: number }

/**
 * The recent events of one resource in order, shared by all its watchers. Each has a sequence number that never repeats; the oldest
 * are dropped when there are too many or they hold too many bytes.
 *
 *     items: [ × × e5 e6 e7 e8 ]     × dropped, cleared now and then;  first = 5, end = 9
 */
export class EventRing {
  readonly #bounds: RingBounds;
  #items: (WatchEvent | undefined)[] = [];
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

  push(event: WatchEvent): number {
    this.#items.push(event);
    this.#bytes += event.object.bytes.length;
    while (this.end - this.#first > this.#bounds.countMax || (this.#bytes > this.#bounds.bytesMax && this.end - this.#first > 1)) this.#drop();
    return this.end - 1;
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
    if (dead >= SWEEP_COUNT && dead * 2 > this.#items.length) { this.#items = this.#items.slice(dead); this.#offset = this.#first; }
  }
}

/** Dropped places are given back together, once they are this many and half of all. */
const SWEEP_COUNT = 256;

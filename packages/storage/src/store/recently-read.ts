/** What was parsed and is kept, with what it costs to keep. */
export interface Kept { readonly bytes: Buffer; forget(): void }

/**
 * The objects of one store that were parsed last. A write reads its object, the event that it causes is read by whoever listens, and the
 * next write of the same object begins there: within these bounds each state is parsed once. Beyond them, bytes are all that is kept.
 */
export class RecentlyRead {
  readonly #countMax: number;
  readonly #bytesMax: number;
  /** A ring: `#count` entries from `#first` on. */
  readonly #entries: (Kept | undefined)[];
  #first = 0;
  #count = 0;
  #bytes = 0;

  constructor({ countMax, bytesMax }: { countMax: number; bytesMax: number }) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
    this.#entries = [];
  }

  /** Takes a new one; the oldest ones are forgotten where there is no room. An entry larger than all the room is not kept at all. */
  add(entry: Kept): void {
    if (this.#count === this.#countMax) this.#forgetOldest();
    this.#entries[(this.#first + this.#count) % this.#countMax] = entry;
    this.#count++;
    this.#bytes += entry.bytes.length;
    while (this.#bytes > this.#bytesMax) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#entries[this.#first] as Kept; // only asked when there is one
    this.#entries[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#countMax;
    this.#count--;
    this.#bytes -= oldest.bytes.length;
    oldest.forget();
  }
}

/**
 * Items in the order of their keys, in chunks of bounded size:
 *
 *     chunks:  [a … f] [g … k] [m … z]       find the chunk by bisection, then the place in it by bisection
 *
 * An insertion moves at most one chunk's pointers, so 150,000 items cost about as much as 500. `snapshot` is O(chunks): it shares
 * the chunks, and whoever writes into a shared chunk afterwards copies that one first.
 */
export class SortedIndex<T extends { readonly key: string }> {
  #chunks: Chunk<T>[] = [];
  #size = 0;
  /** Chunks with an older generation belong to a snapshot too. */
  #generation = 0;

  get size(): number { return this.#size; }

  get(key: string): T | undefined {
    const items = this.#chunks[chunkOf(this.#chunks, key)]?.items;
    if (items === undefined) return undefined;
    const item = items[lowerBound(items, key)];
    return item?.key === key ? item : undefined;
  }

  /** Adds the item or puts it in place of the one with its key, which is returned. */
  set(item: T): T | undefined {
    const index = chunkOf(this.#chunks, item.key);
    if (index < 0) { this.#chunks.push({ items: [item], generation: this.#generation }); this.#size++; return undefined; }
    const { items } = this.#own(index);
    const place = lowerBound(items, item.key);
    const before = items[place];
    if (before?.key === item.key) { items[place] = item; return before; }
    items.splice(place, 0, item);
    this.#size++;
    if (items.length > CHUNK_SIZE_MAX) this.#split(index);
    return undefined;
  }

  delete(key: string): T | undefined {
    if (this.get(key) === undefined) return undefined;
    const index = chunkOf(this.#chunks, key);
    const { items } = this.#own(index);
    const [removed] = items.splice(lowerBound(items, key), 1);
    this.#size--;
    if (items.length === 0) this.#chunks.splice(index, 1);
    return removed;
  }

  /** As it is now, whatever is written later. */
  snapshot(): SortedSnapshot<T> {
    this.#generation++;
    return new SortedSnapshot([...this.#chunks]);
  }

  #own(index: number): Chunk<T> {
    const chunk = this.#chunks[index] as Chunk<T>; // callers pass what chunkOf found
    if (chunk.generation === this.#generation) return chunk;
    return this.#chunks[index] = { items: chunk.items.slice(), generation: this.#generation };
  }

  #split(index: number): void {
    const { items, generation } = this.#chunks[index] as Chunk<T>; // just written to
    // Keys that arrive in order (a load) fill chunks; others leave them half full.
    const at = index === this.#chunks.length - 1 ? CHUNK_SIZE_MAX : CHUNK_SIZE_MAX >> 1;
    this.#chunks.splice(index + 1, 0, { items: items.splice(at), generation });
  }
}

/** 256 and 1,024 measured alike; 512 is between them. */
const CHUNK_SIZE_MAX = 512;

interface Chunk<T> { items: T[]; generation: number }

/** What a SortedIndex held at one moment. */
export class SortedSnapshot<T extends { readonly key: string }> {
  readonly #chunks: readonly Chunk<T>[];

  /** For SortedIndex. */
  constructor(chunks: readonly Chunk<T>[]) { this.#chunks = chunks; }

  /** In order, from the first key that is not less than `from`. */
  *from(from: string): Generator<T, void> {
    const first = Math.max(chunkOf(this.#chunks, from), 0);
    for (let index = first; index < this.#chunks.length; index++) {
      const { items } = this.#chunks[index] as Chunk<T>; // below length
      for (let place = index === first ? lowerBound(items, from) : 0; place < items.length; place++) yield items[place] as T; // below length
    }
  }

  /** The first `limit` items (0: all) whose keys are not less than `from` and less than `to`: whole chunks at once, so much faster than `from`. */
  slice(from: string, to: string, limit: number): T[] {
    const items: T[] = [];
    const first = Math.max(chunkOf(this.#chunks, from), 0);
    for (let index = first; index < this.#chunks.length; index++) {
      const chunk = (this.#chunks[index] as Chunk<T>).items; // below length
      const start = index === first ? lowerBound(chunk, from) : 0;
      const isLast = (chunk.at(-1)?.key ?? '') >= to;
      const end = Math.min(isLast ? lowerBound(chunk, to) : chunk.length, limit === 0 ? Infinity : start + limit - items.length);
      for (let place = start; place < end; place++) items.push(chunk[place] as T); // below length
      if (isLast || items.length === limit && limit > 0) break;
    }
    return items;
  }

  /** How many keys are not less than `from` and less than `to`. */
  count(from: string, to: string): number { return Math.max(this.#rank(to) - this.#rank(from), 0); }

  #rank(key: string): number {
    const index = chunkOf(this.#chunks, key);
    let rank = 0;
    for (let before = 0; before < index; before++) rank += (this.#chunks[before] as Chunk<T>).items.length; // below length
    const chunk = this.#chunks[index];
    return chunk === undefined ? 0 : rank + lowerBound(chunk.items, key);
  }
}

/** The last chunk whose first key is not greater than `key`, else the first chunk; -1 when there is none. */
function chunkOf<T extends { readonly key: string }>(chunks: readonly Chunk<T>[], key: string): number {
  let low = 0, high = chunks.length; // the answer is in [low, high)
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((chunks[middle]?.items[0]?.key ?? '') <= key) low = middle; else high = middle;
  }
  return high === 0 ? -1 : low;
}

function lowerBound<T extends { readonly key: string }>(items: readonly T[], key: string): number {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as T).key < key) low = middle + 1; else high = middle; // below length
  }
  return low;
}

/** A binary heap with removal by key; `before` says which of two comes out first. */
export class PodHeap<T> {
  readonly #items: { key: string; value: T }[] = [];
  readonly #position = new Map<string, number>();
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) { this.#before = before; }

  get length(): number { return this.#items.length; }
  has(key: string): boolean { return this.#position.has(key); }
  peek(): T | undefined { return this.#items[0]?.value; }
  get(key: string): T | undefined { const at = this.#position.get(key); return at === undefined ? undefined : this.#items[at]?.value; }

  /** Puts a value in, in place of the key's earlier one. */
  push(key: string, value: T): void {
    this.remove(key);
    this.#items.push({ key, value });
    this.#position.set(key, this.#items.length - 1);
    this.#up(this.#items.length - 1);
  }

  pop(): T | undefined {
    const [first] = this.#items;
    if (first === undefined) return undefined;
    this.remove(first.key);
    return first.value;
  }

  remove(key: string): T | undefined {
    const at = this.#position.get(key);
    if (at === undefined) return undefined;
    const removed = this.#items[at];
    this.#swap(at, this.#items.length - 1);
    this.#items.pop();
    this.#position.delete(key);
    if (at < this.#items.length) { this.#up(at); this.#down(at); }
    return removed?.value;
  }

  #up(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    for (let at = from; ;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < this.#items.length && this.#isBefore(child, first)) first = child;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#items[a];
    const right = this.#items[b];
    return left !== undefined && right !== undefined && this.#before(left.value, right.value);
  }

  #swap(a: number, b: number): void {
    const left = this.#items[a];
    const right = this.#items[b];
    if (left === undefined || right === undefined || a === b) return;
    this.#items[a] = right;
    this.#items[b] = left;
    this.#position.set(right.key, a);
    this.#position.set(left.key, b);
  }
}

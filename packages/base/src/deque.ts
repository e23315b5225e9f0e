/**
 * A first-in-first-out queue on a ring buffer that doubles when full; every operation is O(1).
 * The owner bounds it: check `length` before `push`.
 *
 *     items: [ · · a b c · · · ]      head → a, next free → after c (indices wrap)
 */
export class Deque<T> {
  #items: (T | undefined)[] = new Array<T | undefined>(16);
  #head = 0;
  #length = 0;

  get length(): number { return this.#length; }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length++;
  }

  peek(): T | undefined { return this.#items[this.#head]; }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined; // lets the item be collected
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  clear(): void {
    this.#items = new Array<T | undefined>(16);
    this.#head = 0;
    this.#length = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T; // within length, so set
  }

  #grow(): void {
    const grown = new Array<T | undefined>(this.#items.length * 2); // stays a power of two: indices wrap by a mask
    for (let i = 0; i < this.#length; i++) grown[i] = this.#items[(this.#head + i) & (this.#items.length - 1)];
    this.#items = grown;
    this.#head = 0;
  }
}

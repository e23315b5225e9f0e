/** What a thing needs to stand in a WaitList; at most in one at a time. */
export interface ListLinks<T> { previous: T | undefined; next: T | undefined }

/** First in, first out, and anyone may leave from the middle; every operation is O(1). */
export class WaitList<T extends ListLinks<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number { return this.#length; }
  get first(): T | undefined { return this.#first; }

  push(item: T): void {
    item.previous = this.#last;
    item.next = undefined;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#length++;
  }

  /** The item has to be in this list. */
  remove(item: T): void {
    if (item.previous === undefined) this.#first = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.#last = item.previous;
    else item.next.previous = item.previous;
    item.previous = item.next = undefined;
    this.#length--;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let item = this.#first; item !== undefined; item = item.next) yield item;
  }
}

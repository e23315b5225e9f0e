import type { SameValues, Value } from './value.ts';

/** A list. Subclasses decide where items come from and, for lists that are sets or keyed, what equality and `+` mean. */
export abstract class CelList {
  abstract readonly size: number;
  /** @param index within bounds */
  abstract at(index: number): Value;

  *[Symbol.iterator](): Iterator<Value> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  equals(other: CelList, same: SameValues): boolean {
    if (this.size !== other.size) return false;
    for (let i = 0; i < this.size; i++) if (!same(this.at(i), other.at(i))) return false;
    return true;
  }

  concat(other: CelList): CelList {
    return new ArrayList([...this, ...other]);
  }
}

/** A list that an expression made. */
export class ArrayList extends CelList {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }

  get size(): number {
    return this.items.length;
  }

  at(index: number): Value {
    return this.items[index] ?? null;
  }
}

/** The accumulator of `map` and `filter`: `+` appends to it, so that a fold stays linear. Nobody else ever holds one. */
export class ListBuilder extends ArrayList {
  readonly #growing: Value[];

  constructor() {
    const growing: Value[] = [];
    super(growing);
    this.#growing = growing;
  }

  override concat(other: CelList): CelList {
    this.#growing.push(...other);
    return this;
  }
}

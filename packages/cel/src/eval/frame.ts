import type { Result, Value } from '../values/value.ts';

/** Values of variables, looked up when an expression asks; undefined for one that has none. */
export interface Activation {
  get: (name: string) => Value | undefined;
}

/** Thrown when an evaluation has cost all it may; nothing inside an expression can catch it. */
export class CostLimitExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** One evaluation: variables, the slots of folds, and what it has cost so far. */
export class Frame {
  readonly variables: Activation;
  /** Values of folds' variables; accumulators may hold errors. */
  readonly slots: (Result | undefined)[];
  readonly #limit: number;
  cost = 0;

  constructor(variables: Activation, slots: number, limit: number) {
    this.variables = variables;
    this.slots = new Array<Result | undefined>(slots);
    this.#limit = limit;
  }

  /** @throws CostLimitExceeded */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw new CostLimitExceeded();
  }
}

import { grown } from './columns.ts';

/** A label of all nodes by row, as small numbers: equal numbers, equal values. */
export class TopologyColumn {
  readonly key: string;
  readonly #idOf = new Map<string, number>();
  /** -1: the node has no such label. */
  ids: Int32Array;

  constructor(key: string, rows: number) {
    this.key = key;
    this.ids = new Int32Array(rows).fill(-1);
  }

  /** How many values were ever seen; all ids are below. */
  get size(): number { return this.#idOf.size; }

  set(row: number, value: string | undefined): void {
    if (value === undefined) { this.ids[row] = -1; return; }
    let id = this.#idOf.get(value);
    if (id === undefined) { id = this.#idOf.size; this.#idOf.set(value, id); }
    this.ids[row] = id;
  }

  id(row: number): number { return this.ids[row] ?? -1; }

  grow(rows: number): void { this.ids = grown(this.ids, rows, -1); }
}

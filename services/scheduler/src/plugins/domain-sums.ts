import type { NodeTable } from '../cache/node-table.ts';
import type { TopologyColumn } from '../cache/topology-column.ts';

interface Sums { readonly column: TopologyColumn; readonly byValue: Float64Array }

/** Sums over the nodes of each topology value, for several topology keys. */
export class DomainSums {
  readonly #table: NodeTable;
  readonly #byKey = new Map<string, Sums>();
  /** How many values of any key have a sum that is not zero. */
  #nonZero = 0;
  #added = false;

  constructor(table: NodeTable) { this.#table = table; }

  /** Nothing was ever added. */
  get isEmpty(): boolean { return !this.#added; }
  get isZero(): boolean { return this.#nonZero === 0; }

  /** Adds `rows` times `weight`; nodes without the label belong nowhere. */
  addRows(key: string, rows: Int32Array, weight: number): void {
    const { column } = this.#sums(key);
    const { ids } = column;
    for (let row = 0; row < rows.length; row++) {
      const count = rows[row] as number; // within length
      if (count !== 0 && (ids[row] as number) >= 0) this.addAt(key, row, count * weight); // as long as rows
    }
  }

  addAt(key: string, row: number, by: number): void {
    const { column, byValue } = this.#sums(key);
    const id = column.id(row);
    if (id < 0) return;
    this.#added = true;
    const before = byValue[id] ?? 0;
    byValue[id] = before + by;
    if (before === 0 && by !== 0) this.#nonZero++;
    else if (before !== 0 && before + by === 0) this.#nonZero--;
  }

  hasDomain(key: string, row: number): boolean { return this.#sums(key).column.id(row) >= 0; }
  at(key: string, row: number): number { return valueAt(this.#sums(key), row); }

  /** Whether a sum of one of the node's values is above zero. */
  anyAt(row: number): boolean {
    if (this.#nonZero === 0) return false;
    for (const sums of this.#byKey.values()) if (valueAt(sums, row) > 0) return true;
    return false;
  }

  /** All sums of the node's values together. */
  total(row: number): number {
    let total = 0;
    for (const sums of this.#byKey.values()) total += valueAt(sums, row);
    return total;
  }

  #sums(key: string): Sums {
    let sums = this.#byKey.get(key);
    if (sums === undefined) {
      const column = this.#table.topology(key);
      sums = { column, byValue: new Float64Array(column.size) };
      this.#byKey.set(key, sums);
    }
    return sums;
  }
}

function valueAt({ column, byValue }: Sums, row: number): number {
  const id = column.id(row);
  return id < 0 ? 0 : byValue[id] ?? 0;
}

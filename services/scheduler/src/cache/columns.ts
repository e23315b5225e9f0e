type NumberArray = Float64Array | Int32Array;

/** A longer copy, its new part filled. */
export function grown<A extends NumberArray>(column: A, rows: number, fill = 0): A {
  const larger = new (column.constructor as new (length: number) => A)(rows); // the same kind of array
  if (fill !== 0) larger.fill(fill);
  larger.set(column);
  return larger;
}

export function add(column: NumberArray, row: number, amount: number): void { column[row] = (column[row] ?? 0) + amount; }

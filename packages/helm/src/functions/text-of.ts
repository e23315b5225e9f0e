import { fromBytes } from '../values/byte-string.ts';
import { Bytes } from '../values/go-struct.ts';
import { formatValue } from '../values/format-go.ts';
import { isList, type Value } from '../values/value.ts';

/** The text that `toString`, `quote` and `join` take of a value. */
export function textOf(value: Value): string {
  return value instanceof Bytes ? fromBytes(value.bytes) : formatValue(value);
}

/** The texts of a list's elements without nils; a value that is none is a list of itself. */
export function textsOf(value: Value): string[] {
  if (value === null) return [];
  return isList(value) ? value.filter((element) => element !== null).map(textOf) : [textOf(value)];
}

import { sameType } from '../types/cel-type.ts';
import { CelList } from './list.ts';
import { CelMap } from './map.ts';
import { CelStruct, Duration, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts';

/** CEL's ==: numbers compare across types, everything else is unequal to what has another type. Never fails. */
export function valuesEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  const numeric = compareNumbers(a, b);
  if (numeric !== undefined) return numeric === 0;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof CelList) return b instanceof CelList && a.equals(b, valuesEqual);
  if (a instanceof CelMap) return b instanceof CelMap && a.equals(b, valuesEqual);
  if (a instanceof CelStruct) return b instanceof CelStruct && sameType(a.type, b.type) && a.equals(b, valuesEqual);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type.kind === b.type.kind && a.type.name === b.type.name;
  if (a instanceof Opaque) return b instanceof Opaque && sameType(a.type, b.type) && a.equals(b);
  return a instanceof Optional && b instanceof Optional && optionalsEqual(a, b);
}

/** Order of two values that have one; undefined when they don't compare (NaN, different kinds). */
export function compareValues(a: Value, b: Value): -1 | 0 | 1 | undefined {
  const numeric = compareNumbers(a, b);
  if (numeric !== undefined) return Number.isNaN(numeric) ? undefined : numeric;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return order(Number(a), Number(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return order(Buffer.compare(a, b), 0);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  return a instanceof Duration && b instanceof Duration ? order(a.nanos, b.nanos) : undefined;
}

function optionalsEqual(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return valuesEqual(a.value, b.value);
}

/** Undefined when one of them is no number; NaN when one of them is NaN. */
function compareNumbers(a: Value, b: Value): -1 | 0 | 1 | undefined {
  const left = a instanceof Uint ? a.value : a;
  const right = b instanceof Uint ? b.value : b;
  if ((typeof left !== 'bigint' && typeof left !== 'number') || (typeof right !== 'bigint' && typeof right !== 'number')) return undefined;
  if (Number.isNaN(left) || Number.isNaN(right)) return NaN as 0; // no order: callers ask for NaN
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  // Go compares bytes of UTF-8; UTF-16 order differs only with surrogates.
  return /[\ud800-\udfff]/.test(a + b) ? order(Buffer.compare(Buffer.from(a), Buffer.from(b)), 0) : order(a, b);
}

function order<T extends number | bigint | string>(a: T, b: T): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { ArrayList, CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { CelError, Optional, Uint, type Result, type Value } from '../values/value.ts';
import { bool, listOf, member, optionalOf, plain, V, type FunctionEntry } from './define.ts';

/** Values that may be absent. */
export const optionals: readonly FunctionEntry[] = [
  ['optional.of', [plain('optional_of', [V], optionalOf(V), (value) => new Optional(value))]],
  ['optional.ofNonZeroValue', [plain('optional_ofNonZeroValue', [V], optionalOf(V), (value) => (isZero(value) ? Optional.none : new Optional(value)))]],
  ['optional.none', [plain('optional_none', [], optionalOf(V), () => Optional.none)]],
  ['value', [member('optional_value', [optionalOf(V)], V, ({ value }) => (value === undefined ? new CelError('optional.none() dereference') : value))]],
  ['hasValue', [member('optional_hasValue', [optionalOf(V)], bool, ({ value }) => value !== undefined)]],
  ['or', [member('optional_or_optional', [optionalOf(V), optionalOf(V)], optionalOf(V), (optional, other) => (optional.value === undefined ? other : optional))]],
  ['orValue', [member('optional_orValue_value', [optionalOf(V), V], V, ({ value }, other) => (value === undefined ? other : value))]],
  ['optional.unwrap', [plain('optional_unwrap', [listOf(optionalOf(V))], listOf(V), unwrap)]],
  ['unwrapOpt', [member('optional_unwrapOpt', [listOf(optionalOf(V))], listOf(V), unwrap)]],
];

function unwrap(list: CelList): Result {
  const values: Value[] = [];
  for (const item of list) {
    if (!(item instanceof Optional)) return new CelError('value is not optional');
    if (item.value !== undefined) values.push(item.value);
  }
  return new ArrayList(values);
}

function isZero(value: Value): boolean {
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  return value === null || value === false || value === 0 || value === 0n || value === '';
}

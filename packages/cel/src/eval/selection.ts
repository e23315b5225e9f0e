import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { typeOf, runtimeTypeName } from '../values/type-of.ts';
import { CelError, CelStruct, Optional, Uint, type Result, type Value } from '../values/value.ts';

/** `value.field`. An optional gives an optional. */
export function fieldOf(value: Value, field: string): Result {
  if (value instanceof Optional) return optionalFieldOf(value, field);
  const held = found(value, field);
  return held === undefined ? new CelError(`no such key: ${field}`) : held; // null is a value
}

/** `value.?field`: an optional, empty when the field is not there. */
export function optionalFieldOf(value: Value, field: string): Result {
  const inner = value instanceof Optional ? value.value : value;
  if (inner === undefined) return Optional.none;
  if (!(inner instanceof CelMap) && !(inner instanceof CelStruct)) return new CelError(`no such key: ${field}`);
  const held = found(inner, field);
  if (held instanceof CelError) return held;
  return held === undefined ? Optional.none : new Optional(held);
}

/** `has(value.field)` */
export function hasField(value: Value, field: string): Result {
  const inner = value instanceof Optional ? value.value : value;
  const held = inner === undefined ? undefined : found(inner, field);
  return held instanceof CelError ? held : held !== undefined;
}

/** `container[index]`. An optional gives an optional. */
export function elementAt(container: Value, index: Value): Result {
  if (container instanceof Optional) return container.value === undefined ? container : optionalElementAt(container, index);
  if (container instanceof CelMap) return entryOf(container, index);
  if (container instanceof CelStruct) return typeof index === 'string' ? fieldOf(container, index) : new CelError('no such overload');
  if (!(container instanceof CelList)) return new CelError('no such overload');
  const position = listIndex(index);
  if (position === undefined) return new CelError(`unsupported index type '${runtimeTypeName(typeOf(index))}' in list`);
  if (position < 0 || position >= container.size) return new CelError(`index out of bounds: ${position}`);
  return container.at(position);
}

function entryOf(map: CelMap, key: Value): Result {
  const held = map.get(key);
  return held === undefined ? new CelError(`no such key: ${keyShown(key)}`) : held;
}

/** `container[?index]`: an optional, empty when there is no such element. */
export function optionalElementAt(container: Value, index: Value): Result {
  const inner = container instanceof Optional ? container.value : container;
  if (inner === undefined) return Optional.none;
  if (inner instanceof CelMap) {
    const held = inner.get(index);
    return held === undefined ? Optional.none : new Optional(held);
  }
  const position = listIndex(index);
  if (!(inner instanceof CelList) || position === undefined) return new CelError('no such overload');
  return position < 0 || position >= inner.size ? Optional.none : new Optional(inner.at(position));
}

function found(value: Value, field: string): Result | undefined {
  return value instanceof CelMap || value instanceof CelStruct ? value.get(field) : undefined;
}

function listIndex(index: Value): number | undefined {
  if (typeof index === 'bigint') return Number(index);
  if (index instanceof Uint) return Number(index.value);
  return typeof index === 'number' && Number.isInteger(index) ? index : undefined;
}

function keyShown(key: Value): string {
  return key instanceof Uint ? String(key.value) : String(key as string); // keys are scalars; others are only shown in this error
}

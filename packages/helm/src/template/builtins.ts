import { goQuote } from '@kubernode/apimachinery';
import { byteLength, byteSlice, toBytes } from '../values/byte-string.ts';
import { formatValue, sprint, sprintf } from '../values/format-go.ts';
import { elementTypeOf, GoObject, Int, isEmpty, isList, isStringMap, kindOf, listOf, typeOf, type Value } from '../values/value.ts';
import { define, defineVariadic, type FunctionTable } from './go-function.ts';
import { FunctionError } from './template-error.ts';

/** The functions that every template has. */
export const builtins: FunctionTable = {
  // The evaluator stops at the argument that decides; here come those that it had to evaluate anyway.
  and: defineVariadic(['any'], 'any', ([first], more) => [first, ...more].find(isEmpty) ?? more.at(-1) ?? first),
  or: defineVariadic(['any'], 'any', ([first], more) => [first, ...more].find((value) => !isEmpty(value)) ?? more.at(-1) ?? first),
  not: define(['any'], isEmpty),
  len: define(['any'], (value) => new Int(lengthOf(value))),
  index: defineVariadic(['any'], 'any', ([value], indexes) => indexes.reduce(indexInto, requireValue(value, 'index'))),
  slice: defineVariadic(['any'], 'any', ([value], indexes) => sliceOf(requireValue(value, 'slice'), indexes)),
  print: defineVariadic([], 'any', (_, values) => sprint(values)),
  println: defineVariadic([], 'any', (_, values) => `${values.map(formatValue).join(' ')}\n`),
  printf: defineVariadic(['string'], 'any', ([format], values) => sprintf(format, values)),
  html: defineVariadic([], 'any', (_, values) => printed(values).replace(/[&'<>"\0]/g, (c) => HTML[c] ?? '\ufffd')),
  js: defineVariadic([], 'any', (_, values) => escapeScript(printed(values))),
  urlquery: defineVariadic([], 'any', (_, values) => queryEscape(printed(values))),
  call: defineVariadic(['any'], 'any', ([callee]) => { throw new FunctionError(callee === null ? 'call of nil' : `non-function of type ${typeOf(callee)}`); }),
  eq: defineVariadic(['any'], 'any', ([first], more) => {
    if (more.length === 0) throw new FunctionError('missing argument for comparison');
    return more.some((other) => equals(first, other));
  }),
  ne: define(['any', 'any'], (a, b) => !equals(a, b)),
  lt: define(['any', 'any'], isLess),
  le: define(['any', 'any'], (a, b) => isLess(a, b) || equals(a, b)),
  gt: define(['any', 'any'], (a, b) => !isLess(a, b) && !equals(a, b)),
  ge: define(['any', 'any'], (a, b) => !isLess(a, b)),
};

function requireValue(value: Value, what: string): Value {
  if (value === null) throw new FunctionError(`${what} of untyped nil`);
  return value;
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return byteLength(value);
  if (isList(value)) return value.length;
  const map = value instanceof Map ? value : value instanceof GoObject ? value.entries() : undefined;
  if (map !== undefined) return map.size;
  throw new FunctionError(value === null ? 'reflect: call of reflect.Value.Type on zero Value' : `len of type ${typeOf(value)}`);
}

function indexInto(value: Value, index: Value): Value {
  if (value === null) throw new FunctionError('index of nil pointer');
  if (typeof value === 'string') return new Int(toBytes(value)[elementAt(index, byteLength(value))] ?? 0, 'uint8');
  if (isList(value)) return value[elementAt(index, value.length)] ?? null;
  const map = value instanceof Map ? value : value instanceof GoObject ? value.entries() : undefined;
  if (map === undefined) throw new FunctionError(`can't index item of type ${typeOf(value)}`);
  if (index === null) throw new FunctionError('value is nil; should be of type string');
  if (typeof index !== 'string') throw new FunctionError(`value has type ${typeOf(index)}; should be string`);
  return map.get(index) ?? (value instanceof Map && isStringMap(value) ? '' : null);
}

/** The place of an element; Go lets the one behind the last pass its check and fails on it. */
function elementAt(index: Value, length: number): number {
  const position = positionOf(index, length);
  if (position === length) throw new FunctionError('reflect: slice index out of range');
  return position;
}

function positionOf(index: Value, most: number): number {
  if (index === null) throw new FunctionError('cannot index slice/array with nil');
  if (!(index instanceof Int)) throw new FunctionError(`cannot index slice/array with type ${typeOf(index)}`);
  if (index.value < 0n || index.value > BigInt(most)) throw new FunctionError(`index out of range: ${index.value}`);
  return Number(index.value);
}

function sliceOf(value: Value, indexes: readonly Value[]): Value {
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${indexes.length}`);
  if (typeof value === 'string' && indexes.length === 3) throw new FunctionError('cannot 3-index slice a string');
  if (typeof value !== 'string' && !isList(value)) throw new FunctionError(`can't slice item of type ${typeOf(value)}`);
  const length = typeof value === 'string' ? byteLength(value) : value.length;
  const [start = 0, end = length, capacity = length] = indexes.map((index) => positionOf(index, length)); // behind the last element is a place, too
  if (start > end) throw new FunctionError(`invalid slice index: ${start} > ${end}`);
  if (end > capacity) throw new FunctionError(`invalid slice index: ${end} > ${capacity}`);
  return typeof value === 'string' ? byteSlice(value, start, end) : listOf(elementTypeOf(value), value.slice(start, end));
}

type BasicKind = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'other';

function basicKind(value: Value): BasicKind {
  const kind = kindOf(value);
  if (kind === 'bool' || kind === 'string') return kind;
  return kind.startsWith('int') ? 'int' : kind.startsWith('uint') ? 'uint' : kind === 'float64' ? 'float' : 'other';
}

function equals(a: Value, b: Value): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)];
  if (a instanceof Int && b instanceof Int) return a.value === b.value;
  if (kindA !== kindB) {
    if (a !== null && b !== null) throw new FunctionError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
    return false;
  }
  if (kindA !== 'other') return a === b;
  if (a === null || b === null) return a === b;
  if (kindOf(a) !== kindOf(b)) throw new FunctionError(`non-comparable types ${formatValue(a)}: ${typeOf(a)}, ${typeOf(b)}: ${formatValue(b)}`);
  if (a instanceof GoObject && a.goKind !== 'map') return a === b || (b instanceof GoObject && a.goType === b.goType && a.format() === b.format());
  throw new FunctionError(`non-comparable type ${formatValue(b)}: ${typeOf(b)}`);
}

function isLess(a: Value, b: Value): boolean {
  const [kindA, kindB] = [basicKind(a), basicKind(b)];
  if (kindA === 'other' || kindB === 'other') throw new FunctionError('invalid type for comparison');
  if (a instanceof Int && b instanceof Int) return a.value < b.value;
  if (kindA !== kindB) throw new FunctionError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(toBytes(a), toBytes(b)) < 0;
  throw new FunctionError('invalid type for comparison');
}

/** What escaping functions take for their arguments. */
function printed(values: readonly Value[]): string {
  return sprint(values.map((value) => value ?? '<no value>'));
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', "'": '&#39;', '<': '&lt;', '>': '&gt;', '"': '&#34;', '\0': '\ufffd' };

function escapeScript(text: string): string {
  return Array.from(text, (c) => {
    if ('\\\'"'.includes(c)) return `\\${c}`;
    if ('<>&='.includes(c) || c < ' ') return `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    return c < '\x7f' || !goQuote(c).startsWith('"\\') ? c : `\\u${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  }).join('');
}

/** Go's url.QueryEscape. */
export function queryEscape(text: string): string {
  return Array.from(toBytes(text), (byte) => {
    const c = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(c)) return c;
    return c === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/**
 * Values as Go's templates see them. null is a nil interface; a number is a float64; a Map is a map[string]interface{} (mutable: `set`
 * changes it); an array is a slice and is never changed.
 */
export type Value = null | boolean | string | number | Int | GoObject | readonly Value[] | GoMap;
export type GoMap = Map<string, Value>;

export type IntType = 'int' | 'int32' | 'int64' | 'uint8' | 'uint64' | 'time.Duration' | 'time.Month' | 'time.Weekday';

/** A whole number of one of Go's types; int and int64 wrap around as Go's do. */
export class Int {
  readonly value: bigint;
  readonly type: IntType;

  constructor(value: bigint | number, type: IntType = 'int') {
    this.value = type === 'int' || type === 'int64' ? BigInt.asIntN(64, BigInt(value)) : BigInt(value);
    this.type = type;
  }
}

/** A method that a template can call. */
export interface GoMethod {
  /** Types of the parameters, as function signatures have them. */
  params: readonly ParamType[];
  call(args: readonly Value[]): Value;
}

/** What a function takes: any value, or one of a Go type. */
export type ParamType = 'any' | 'string' | 'int' | 'int64' | 'uint32' | 'float64' | 'bool' | 'map' | 'list' | 'time' | 'certificate';

/** A value with fields or methods: a struct, a time. */
export abstract class GoObject {
  /** As `typeOf` says it: `*chart.Metadata`. */
  abstract readonly goType: string;
  abstract readonly goKind: string;
  /** A field's value or a method; undefined: there is none of that name. */
  abstract member(name: string): Value | GoMethod | undefined;
  /** As `%v` prints it. */
  abstract format(): string;
  /** As an action of a template prints it: methods of the pointer count there. */
  print(): string { return this.format(); }
  /** What JSON and YAML have of it. */
  abstract toPlain(): Value;
  /** The entries that `range` and `index` see, where it is a map. */
  entries(): GoMap | undefined { return undefined; }
  get isEmpty(): boolean { return false; }
}

const elementTypes = new WeakMap<readonly Value[], string>();
const mapTypes = new WeakMap<GoMap, string>();

/** A slice of strings; other lists hold any value. */
export function stringList(items: readonly string[]): readonly Value[] {
  return listOf('string', items);
}

/** A slice whose elements have one Go type. */
export function listOf(type: string, items: readonly Value[]): readonly Value[] {
  elementTypes.set(items, type);
  return items;
}

/** A map of another Go type than map[string]interface {}. */
export function mapOf(type: string, map: GoMap): GoMap {
  mapTypes.set(map, type);
  return map;
}

/** Whether every value of the map is a string by its type. */
export function isStringMap(map: GoMap): boolean { return mapTypes.get(map) === 'map[string]string'; }

export function elementTypeOf(list: readonly Value[]): string { return elementTypes.get(list) ?? 'interface {}'; }

export function isList(value: Value): value is readonly Value[] { return Array.isArray(value); }

/** The type as Go's %T has it. */
export function typeOf(value: Value): string {
  if (value === null) return '<nil>';
  if (value instanceof Int) return value.type;
  if (value instanceof Map) return mapTypes.get(value) ?? 'map[string]interface {}';
  if (value instanceof GoObject) return value.goType;
  if (isList(value)) return `[]${elementTypeOf(value)}`;
  return typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : 'string';
}

/** The kind as Go's reflection has it. */
export function kindOf(value: Value): string {
  if (value === null) return 'invalid';
  if (value instanceof Int) return value.type === 'time.Duration' ? 'int64' : value.type.startsWith('time.') ? 'int' : value.type;
  if (value instanceof Map) return 'map';
  if (value instanceof GoObject) return value.goKind;
  return isList(value) ? 'slice' : typeOf(value);
}

/** What `if`, `default` and `empty` take for nothing. */
export function isEmpty(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0) return true;
  if (value instanceof Int) return value.value === 0n;
  if (value instanceof Map) return value.size === 0;
  if (value instanceof GoObject) return value.isEmpty;
  return isList(value) && value.length === 0;
}

/** The value of JSON or YAML data. Bigints are int64. */
export function fromPlain(plain: unknown): Value {
  if (plain === null || plain === undefined) return null;
  if (typeof plain === 'bigint') return new Int(plain, 'int64');
  if (typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean') return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain === 'object') return new Map(Object.entries(plain).filter(([, entry]) => entry !== undefined).map(([key, entry]) => [key, fromPlain(entry)]));
  throw new TypeError(`no value of a chart: ${typeof plain}`);
}

/** Plain data again: whole numbers become bigints, objects have no prototype so that every key is their own. */
export function toPlain(value: Value): unknown {
  if (value instanceof Int) return value.value;
  if (value instanceof GoObject) return toPlain(value.toPlain());
  if (isList(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>; // its type is any
  for (const [key, entry] of value) plain[key] = toPlain(entry);
  return plain;
}

/** A copy that shares no map with the original. */
export function deepCopy<V extends Value>(value: V): V {
  if (value instanceof Map) {
    const copy: GoMap = new Map();
    for (const [key, entry] of value as GoMap) copy.set(key, deepCopy(entry)); // narrowing loses a map's types
    const type = mapTypes.get(value as GoMap); // as above
    return (type === undefined ? copy : mapOf(type, copy)) as V; // a map's copy is a map
  }
  if (!isList(value)) return value;
  return listOf(elementTypeOf(value), value.map(deepCopy)) as V & readonly Value[]; // a list's copy is a list
}

/** Go's reflect.DeepEqual: numbers of different types are different. */
export function deepEqual(a: Value, b: Value): boolean {
  if (a instanceof Int && b instanceof Int) return a.type === b.type && a.value === b.value;
  if (a instanceof Map && b instanceof Map) return a.size === b.size && typeOf(a) === typeOf(b) && [...a].every(([key, value]) => b.has(key) && deepEqual(value, b.get(key) ?? null));
  if (isList(a) && isList(b)) return a.length === b.length && typeOf(a) === typeOf(b) && a.every((value, i) => deepEqual(value, b[i] ?? null));
  if (a instanceof GoObject && b instanceof GoObject) return a.goType === b.goType && a.format() === b.format();
  return a === b;
}

/** Keys in the order that Go ranges and prints them: by bytes. */
export function sortedKeys(map: ReadonlyMap<string, Value>): string[] {
  return [...map.keys()].sort(compareBytes);
}

/** The order of UTF-8 bytes, which is that of code points. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const limit = Math.min(a.length, b.length);
  let i = 0;
  while (i < limit && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === limit) return a.length - b.length;
  const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
  const surrogates = (x >= 0xd800 && x <= 0xdfff) !== (y >= 0xd800 && y <= 0xdfff); // beyond the basic plane: greater than all within it
  return surrogates ? (x >= 0xd800 && x <= 0xdfff ? 1 : -1) : x - y;
}

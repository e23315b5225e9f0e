import { LIST_COST, PER_CHARACTER, sizeForCost, traversalCost } from '../cost/units.ts';
import { compareValues, valuesEqual } from '../values/equality.ts';
import { ArrayList, CelList } from '../values/list.ts';
import { CelError, Duration, Optional, Uint, type Result, type Value } from '../values/value.ts';
import { bool, bytes, double, duration, int, listOf, member, optionalOf, plain, string, T, timestamp, uint, type Arg, type FunctionEntry } from './define.ts';
import { toInt, toUint } from './numbers.ts';

type Overloads = FunctionEntry[1];

const COMPARABLE: readonly (readonly [name: string, type: Arg<Value>])[] = [
  ['int', int], ['uint', uint], ['double', double], ['bool', bool], ['duration', duration], ['timestamp', timestamp], ['string', string], ['bytes', bytes],
];
const LONGEST_RANGE = 1_000_000n; // items; costs stop an expression long before

const traversal = ([list = null]: readonly Value[]): number => traversalCost(list);
const allocation = (_args: readonly Value[], result: Result): number => LIST_COST + 1 + (result instanceof CelError ? 0 : sizeForCost(result));
const quadratic = ([list = null]: readonly Value[]): number => LIST_COST + 1 + Math.ceil(sizeForCost(list) ** 2 * pairCost(list));

/** Lists: Kubernetes' own functions and those of CEL's extension. */
export const lists: readonly FunctionEntry[] = [
  ['isSorted', ofComparable((name, type) => member(`list_${name}_is_sorted_bool`, [listOf(type)], bool, isSorted, traversal))],
  ['sum', [
    member('list_int_sum_int', [listOf(int)], int, sumOf<bigint>(0n, (sum, value) => toInt(sum + value)), traversal),
    member('list_uint_sum_uint', [listOf(uint)], uint, sumOf<Uint>(new Uint(0n), (sum, value) => toUint(sum.value + value.value)), traversal),
    member('list_double_sum_double', [listOf(double)], double, sumOf<number>(0, (sum, value) => sum + value), traversal),
    member('list_duration_sum_duration', [listOf(duration)], duration, sumOf<Duration>(new Duration(0n), (sum, value) => new Duration(sum.nanos + value.nanos)), traversal),
  ]],
  ['max', ofComparable((name, type) => member(`list_${name}_max_${name}`, [listOf(type)], type, (list) => extreme('max', list, (order) => order < 0), traversal))],
  ['min', ofComparable((name, type) => member(`list_${name}_min_${name}`, [listOf(type)], type, (list) => extreme('min', list, (order) => order > 0), traversal))],
  ['indexOf', [member('list_a_index_of_int', [listOf(T), T], int, (list, item) => BigInt([...list].findIndex((value) => valuesEqual(value, item))), traversal)]],
  ['lastIndexOf', [member('list_a_last_index_of_int', [listOf(T), T], int, (list, item) => BigInt([...list].findLastIndex((value) => valuesEqual(value, item))), traversal)]],
  ['slice', [member('list_slice', [listOf(T), int, int], listOf(T), slice, allocation)]],
  ['flatten', [
    member('list_flatten', [listOf(listOf(T))], listOf(T), (list) => new ArrayList(flatten(list, 1n)), allocation),
    member('list_flatten_int', [listOf(listOf(T)), int], listOf(T), (list, depth) => (depth < 0n ? new CelError('level must be non-negative') : new ArrayList(flatten(list, depth))), allocation),
  ]],
  ['sort', ofComparable((name, type) => member(`list_${name}_sort`, [listOf(type)], listOf(type), (list) => sortByKeys(list, list), quadratic))],
  ['@sortByAssociatedKeys', ofComparable((name, type) => member(`list_${name}_sortByAssociatedKeys`, [listOf(T), listOf(type)], listOf(T), sortByKeys, quadratic))],
  ['lists.range', [plain('lists_range', [int], listOf(int), range, allocation)]],
  ['reverse', [member('list_reverse', [listOf(T)], listOf(T), (list) => new ArrayList([...list].reverse()), allocation)]],
  ['distinct', [member('list_distinct', [listOf(T)], listOf(T), distinct, quadratic)]],
  ['first', [member('list_first', [listOf(T)], optionalOf(T), (list) => (list.size === 0 ? Optional.none : new Optional(list.at(0))))]],
  ['last', [member('list_last', [listOf(T)], optionalOf(T), (list) => (list.size === 0 ? Optional.none : new Optional(list.at(list.size - 1))))]],
];

function ofComparable(overload: (name: string, type: Arg<Value>) => Overloads[number]): Overloads {
  return COMPARABLE.map(([name, type]) => overload(name, type));
}

function pairCost(list: Value): number {
  const first = list instanceof CelList && list.size > 0 ? list.at(0) : null;
  return 2 + (typeof first === 'string' || first instanceof Uint8Array ? PER_CHARACTER : 0);
}

function isSorted(list: CelList): Result {
  for (let i = 1; i < list.size; i++) if (compareValues(list.at(i - 1), list.at(i)) === 1) return false;
  return true;
}

function sumOf<N extends Value>(zero: N, add: (sum: N, value: N) => Result): (list: CelList) => Result {
  return (list) => {
    let sum: Result = zero;
    for (const value of list) {
      if (sum instanceof CelError) return sum;
      if (typeof value !== typeof zero) return new CelError('no such overload');
      sum = add(sum as N, value as N); // both have the type of zero, as just checked; a sum has the type of its terms
    }
    return sum;
  };
}

function extreme(name: string, list: CelList, replaces: (order: number) => boolean): Result {
  let best: Value | undefined;
  for (const value of list) if (best === undefined || replaces(compareValues(best, value) ?? 0)) best = value;
  return best ?? new CelError(`${name} called on empty list`);
}

function slice(list: CelList, start: bigint, end: bigint): Result {
  if (start < 0n || end < 0n) return new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end) return new CelError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > list.size) return new CelError(`cannot slice(${start}, ${end}), list is length ${list.size}`);
  return new ArrayList([...list].slice(Number(start), Number(end)));
}

function flatten(list: CelList, depth: bigint): Value[] {
  return [...list].flatMap((item) => (item instanceof CelList && depth > 0n ? flatten(item, depth - 1n) : [item]));
}

function range(count: bigint): Result {
  if (count < 0n) return new ArrayList([]);
  if (count > LONGEST_RANGE) return new CelError(`lists.range: ${count} items are too many`);
  return new ArrayList(Array.from({ length: Number(count) }, (_, i) => BigInt(i)));
}

function distinct(list: CelList): Result {
  const kept: Value[] = [];
  for (const item of list) if (!kept.some((other) => valuesEqual(other, item))) kept.push(item);
  return new ArrayList(kept);
}

function sortByKeys(list: CelList, keys: CelList): Result {
  if (list.size !== keys.size) return new CelError(`@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`);
  const order = Array.from({ length: list.size }, (_, i) => i).sort((a, b) => compareValues(keys.at(a), keys.at(b)) ?? 0);
  return new ArrayList(order.map((i) => list.at(i)));
}

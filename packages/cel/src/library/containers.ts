import { sizeForCost } from '../cost/units.ts';
import { elementAt, optionalElementAt, optionalFieldOf } from '../eval/selection.ts';
import { valuesEqual } from '../values/equality.ts';
import { EntryMap } from '../values/map.ts';
import type { CelMap } from '../values/map.ts';
import { codePoints } from '../values/type-of.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import { bool, bytes, dyn, int, K, listOf, mapOf, member, optionalOf, plain, string, T, V, type FunctionEntry } from './define.ts';

/** Looking into lists, maps and optionals. */
export const containers: readonly FunctionEntry[] = [
  ['_[_]', [
    plain('index_list', [listOf(T), int], T, (list, index) => elementAt(list, index)),
    plain('index_map', [mapOf(K, V), K], V, (map, key) => elementAt(map, key)),
    plain('optional_list_index_int', [optionalOf(listOf(T)), int], optionalOf(T), (list, index) => elementAt(list, index)),
    plain('optional_map_index_value', [optionalOf(mapOf(K, V)), K], optionalOf(V), (map, key) => elementAt(map, key)),
  ]],
  ['_[?_]', [
    plain('list_optindex_optional_int', [listOf(T), int], optionalOf(T), (list, index) => optionalElementAt(list, index)),
    plain('optional_list_optindex_optional_int', [optionalOf(listOf(T)), int], optionalOf(T), (list, index) => optionalElementAt(list, index)),
    plain('map_optindex_optional_value', [mapOf(K, V), K], optionalOf(V), (map, key) => optionalElementAt(map, key)),
    plain('optional_map_optindex_optional_value', [optionalOf(mapOf(K, V)), K], optionalOf(V), (map, key) => optionalElementAt(map, key)),
  ]],
  ['_?._', [plain('select_optional_field', [dyn, string], optionalOf(V), (operand, field) => optionalFieldOf(operand, field))]],
  ['@in', [
    plain('in_list', [T, listOf(T)], bool, (value, list) => { for (const item of list) if (valuesEqual(item, value)) return true; return false; }, ([, list = null]) => sizeForCost(list)),
    plain('in_map', [K, mapOf(K, V)], bool, (key, map) => map.get(key) !== undefined),
  ]],
  ['size', [
    plain('size_bytes', [bytes], int, (value) => BigInt(value.length)), member('bytes_size', [bytes], int, (value) => BigInt(value.length)),
    plain('size_list', [listOf(T)], int, (list) => BigInt(list.size)), member('list_size', [listOf(T)], int, (list) => BigInt(list.size)),
    plain('size_map', [mapOf(K, V)], int, (map) => BigInt(map.size)), member('map_size', [mapOf(K, V)], int, (map) => BigInt(map.size)),
    plain('size_string', [string], int, (text) => BigInt(codePoints(text))), member('string_size', [string], int, (text) => BigInt(codePoints(text))),
  ]],
  ['cel.@mapInsert', [
    plain('@mapInsert_map_key_value', [mapOf(K, V), K, V], mapOf(K, V), (map, key, value) => insert(map, [[key, value]])),
    plain('@mapInsert_map_map', [mapOf(K, V), mapOf(K, V)], mapOf(K, V), (map, more) => insert(map, [...more.keys()].map((key) => [key, more.get(key) ?? null]))),
  ]],
];

/** Adds to the map that a fold is building; see eval/fold.ts. */
function insert(map: CelMap, entries: readonly (readonly [Value, Value])[]): Result {
  const target = map instanceof EntryMap ? map : new EntryMap([...map.keys()].map((key) => [key, map.get(key) ?? null] as const));
  for (const [key, value] of entries) if (!target.insert(key, value)) return new CelError(`insert failed: key ${String(key as string)} already exists`); // keys are scalars
  return target;
}

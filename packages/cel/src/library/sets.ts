import { sizeForCost } from '../cost/units.ts';
import { valuesEqual } from '../values/equality.ts';
import type { CelList } from '../values/list.ts';
import type { Value } from '../values/value.ts';
import { bool, listOf, plain, T, type FunctionEntry } from './define.ts';

const pairs = (factor: number) => ([a = null, b = null]: readonly Value[]): number => 1 + sizeForCost(a) * sizeForCost(b) * factor;

/** Lists taken as sets. */
export const sets: readonly FunctionEntry[] = [
  ['sets.contains', [plain('list_sets_contains_list', [listOf(T), listOf(T)], bool, contains, pairs(1))]],
  ['sets.equivalent', [plain('list_sets_equivalent_list', [listOf(T), listOf(T)], bool, (a, b) => contains(a, b) && contains(b, a), pairs(2))]],
  ['sets.intersects', [plain('list_sets_intersects_list', [listOf(T), listOf(T)], bool, (a, b) => [...b].some((item) => has(a, item)), pairs(1))]],
];

function contains(list: CelList, part: CelList): boolean {
  return [...part].every((item) => has(list, item));
}

function has(list: CelList, item: Value): boolean {
  for (const value of list) if (valuesEqual(value, item)) return true;
  return false;
}

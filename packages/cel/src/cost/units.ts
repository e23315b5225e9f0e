import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { sizeOf } from '../values/type-of.ts';
import { Optional, type Value } from '../values/value.ts';

/** Cost of looking at one character, and of one character of a regular expression. */
export const PER_CHARACTER = 0.1;
export const PER_REGEX_CHARACTER = 0.25;
export const LIST_COST = 10;
export const MAP_COST = 30;
export const STRUCT_COST = 40;

/** What a value counts for: its size, or 1 when it has none. */
export function sizeForCost(value: Value): number {
  const held = value instanceof Optional ? value.value : value;
  return held === undefined ? 1 : sizeOf(held) ?? 1;
}

/** Cost of reading `factor` times through a text or bytes. */
export function readingCost(value: Value | undefined, factor = 1): number {
  return Math.ceil(sizeForCost(value ?? null) * factor * PER_CHARACTER);
}

/** Cost of matching a text against a pattern. */
export function regexCost(text: Value | undefined, pattern: Value | undefined): number {
  return Math.ceil((1 + sizeForCost(text ?? null)) * PER_CHARACTER) * Math.ceil(sizeForCost(pattern ?? null) * PER_REGEX_CHARACTER);
}

/** Cost of looking at everything inside a value. */
export function traversalCost(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.trunc(value.length * PER_CHARACTER);
  if (value instanceof CelList) return [...value].reduce<number>((sum, item) => sum + traversalCost(item), 0);
  if (!(value instanceof CelMap)) return 1;
  return [...value.keys()].reduce<number>((sum, key) => sum + traversalCost(key) + traversalCost(value.get(key) ?? null), 0);
}

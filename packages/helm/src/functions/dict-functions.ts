import { deepCopy, isEmpty, sortedKeys, stringList, typeOf, type GoMap, type Value } from '../values/value.ts';
import { define, defineVariadic, type FunctionTable } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { textOf } from './text-of.ts';

export const dictFunctions: FunctionTable = {
  dict: defineVariadic([], 'any', (_, values) => {
    const map: GoMap = new Map();
    for (let i = 0; i < values.length; i += 2) map.set(textOf(values[i] ?? null), i + 1 < values.length ? values[i + 1] ?? null : '');
    return map;
  }),
  get: define(['map', 'string'], (map, key) => (map.has(key) ? map.get(key) ?? null : '')),
  set: define(['map', 'string', 'any'], (map, key, value) => map.set(key, value)),
  unset: define(['map', 'string'], (map, key) => { map.delete(key); return map; }),
  hasKey: define(['map', 'string'], (map, key) => map.has(key)),
  pluck: defineVariadic(['string'], 'map', ([key], maps) => maps.filter((map) => map.has(key)).map((map) => map.get(key) ?? null)),
  // Go's order of keys is random; here it is sorted, so that a chart renders the same each time.
  keys: defineVariadic([], 'map', (_, maps) => stringList(maps.flatMap(sortedKeys))),
  values: define(['map'], (map) => sortedKeys(map).map((key) => map.get(key) ?? null)),
  pick: defineVariadic(['map'], 'string', ([map], keys) => new Map(keys.filter((key) => map.has(key)).map((key) => [key, map.get(key) ?? null]))),
  omit: defineVariadic(['map'], 'string', ([map], keys) => new Map([...map].filter(([key]) => !keys.includes(key)))),
  merge: defineVariadic(['map'], 'map', ([target], sources) => merged(target, sources, false)),
  mustMerge: defineVariadic(['map'], 'map', ([target], sources) => merged(target, sources, false)),
  mergeOverwrite: defineVariadic(['map'], 'map', ([target], sources) => merged(target, sources, true)),
  mustMergeOverwrite: defineVariadic(['map'], 'map', ([target], sources) => merged(target, sources, true)),
  deepCopy: define(['any'], (value) => deepCopy(value)),
  mustDeepCopy: define(['any'], (value) => deepCopy(value)),
  dig: defineVariadic([], 'any', (_, values) => dig(values)),
};

function merged(target: GoMap, sources: readonly GoMap[], overwrite: boolean): GoMap {
  for (const source of sources) mergeInto(target, source, overwrite);
  return target;
}

/** Maps are merged key by key; anything else of the target stays unless it is empty, or gives way when `overwrite`. */
function mergeInto(target: GoMap, source: GoMap, overwrite: boolean): void {
  if (target === source) return;
  for (const [key, value] of source) {
    const known = target.get(key);
    if (value === null) {
      if (overwrite) target.set(key, null);
    } else if (value instanceof Map && known instanceof Map && known.size > 0) {
      mergeInto(known, value, overwrite);
    } else if (overwrite || known === undefined || isEmpty(known)) {
      target.set(key, value);
    }
  }
}

function dig(values: readonly Value[]): Value {
  if (values.length < 3) throw new FunctionError('dig needs at least three arguments');
  let at = values.at(-1) ?? null;
  for (const key of values.slice(0, -2)) {
    if (!(at instanceof Map)) throw new FunctionError(`interface conversion: interface {} is ${at === null ? 'nil' : typeOf(at)}, not map[string]interface {}`);
    if (typeof key !== 'string') throw new FunctionError(`interface conversion: interface {} is ${key === null ? 'nil' : typeOf(key)}, not string`);
    if (!at.has(key)) return values.at(-2) ?? null;
    at = at.get(key) ?? null;
  }
  return at;
}

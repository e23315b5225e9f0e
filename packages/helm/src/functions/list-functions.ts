import { compareBytes, deepEqual, elementTypeOf, isEmpty, isList, kindOf, listOf, stringList, type Value } from '../values/value.ts';
import { define, defineVariadic, type FunctionTable, type GoFunction } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { toInt64 } from './numbers.ts';
import { textOf, textsOf } from './text-of.ts';

/** Functions that also exist as `mustName`; here both fail alike. */
const pairs: Readonly<Record<string, GoFunction>> = {
  append: define(['any', 'any'], (list, value) => [...requireList(list, 'Cannot push on type'), value]),
  push: define(['any', 'any'], (list, value) => [...requireList(list, 'Cannot push on type'), value]),
  prepend: define(['any', 'any'], (list, value) => [value, ...requireList(list, 'Cannot prepend on type')]),
  first: define(['any'], (list) => requireList(list, 'Cannot find first on type')[0] ?? null),
  last: define(['any'], (list) => requireList(list, 'Cannot find last on type').at(-1) ?? null),
  rest: define(['any'], (list) => requireList(list, 'Cannot find rest on type').slice(1)),
  initial: define(['any'], (list) => requireList(list, 'Cannot find initial on type').slice(0, -1)),
  reverse: define(['any'], (list) => [...requireList(list, 'Cannot find reverse on type')].reverse()),
  compact: define(['any'], (list) => requireList(list, 'Cannot compact on type').filter((item) => !isEmpty(item))),
  uniq: define(['any'], (list) => {
    const found: Value[] = [];
    for (const item of requireList(list, 'Cannot find uniq on type')) if (!found.some((one) => deepEqual(one, item))) found.push(item);
    return found;
  }),
  without: defineVariadic(['any'], 'any', ([list], omitted) => requireList(list, 'Cannot find without on type').filter((item) => !omitted.some((one) => deepEqual(one, item)))),
  has: define(['any', 'any'], (needle, list) => list !== null && requireList(list, 'Cannot find has on type').some((item) => deepEqual(item, needle))),
  slice: defineVariadic(['any'], 'any', ([list], indexes) => sliceList(list, indexes)),
  chunk: define(['int', 'any'], (size, list) => {
    const items = requireList(list, 'Cannot chunk type');
    if (size < 1) throw new FunctionError('runtime error: makeslice: len out of range');
    return listOf('[]interface {}', Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size)));
  }),
};

export const listFunctions: FunctionTable = {
  ...pairs,
  ...Object.fromEntries(Object.entries(pairs).map(([name, fn]) => [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, fn])),
  list: defineVariadic([], 'any', (_, values) => values),
  tuple: defineVariadic([], 'any', (_, values) => values),
  concat: defineVariadic([], 'any', (_, lists) => lists.flatMap((list) => requireList(list, 'Cannot concat type', ' as list'))),
  sortAlpha: define(['any'], (value) => stringList(isList(value) ? textsOf(value).sort(compareBytes) : [textOf(value)])),
};

function requireList(value: Value, message: string, end = ''): readonly Value[] {
  if (isList(value)) return value;
  if (value === null) throw new FunctionError('runtime error: invalid memory address or nil pointer dereference');
  throw new FunctionError(`${message} ${kindOf(value)}${end}`);
}

function sliceList(list: Value, indexes: readonly Value[]): Value {
  const items = requireList(list, 'list should be type of slice or array but');
  if (items.length === 0) return null;
  const [start = 0, end = items.length] = indexes.map((index) => Number(toInt64(index)));
  if (start < 0 || end > items.length || start > end) throw new FunctionError('reflect.Value.Slice: slice index out of bounds');
  return listOf(elementTypeOf(items), items.slice(start, end));
}

import { deepEqual, isEmpty, kindOf, typeOf, type Value } from '../values/value.ts';
import { define, defineVariadic, type FunctionTable } from '../template/go-function.ts';

export const logicFunctions: FunctionTable = {
  default: defineVariadic(['any'], 'any', ([fallback], [given = null]) => (isEmpty(given) ? fallback : given)),
  empty: define(['any'], isEmpty),
  coalesce: defineVariadic([], 'any', (_, values) => values.find((value) => !isEmpty(value)) ?? null),
  all: defineVariadic([], 'any', (_, values) => !values.some(isEmpty)),
  any: defineVariadic([], 'any', (_, values) => values.some((value) => !isEmpty(value))),
  ternary: define(['any', 'any', 'bool'], (yes, no, condition): Value => (condition ? yes : no)),
  typeOf: define(['any'], typeOf),
  typeIs: define(['string', 'any'], (type, value) => type === typeOf(value)),
  typeIsLike: define(['string', 'any'], (type, value) => type === typeOf(value) || `*${type}` === typeOf(value)),
  kindOf: define(['any'], kindOf),
  kindIs: define(['string', 'any'], (kind, value) => kind === kindOf(value)),
  deepEqual: define(['any', 'any'], deepEqual),
};

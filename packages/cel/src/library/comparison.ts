import { PER_CHARACTER, sizeForCost } from '../cost/units.ts';
import { compareValues, valuesEqual } from '../values/equality.ts';
import { CelError, Opaque, type Result, type Value } from '../values/value.ts';
import { bool, bytes, double, duration, int, plain, string, T, timestamp, uint, type Arg, type FunctionEntry } from './define.ts';

/** Pairs of types that have an order; numbers compare across types. */
const ORDERED: readonly (readonly [id: string, a: Arg<Value>, b: Arg<Value>])[] = [
  ['bool', bool, bool], ['int64', int, int], ['int64_double', int, double], ['int64_uint64', int, uint], ['uint64', uint, uint], ['uint64_double', uint, double],
  ['uint64_int64', uint, int], ['double', double, double], ['double_int64', double, int], ['double_uint64', double, uint],
  ['string', string, string], ['bytes', bytes, bytes], ['timestamp', timestamp, timestamp], ['duration', duration, duration],
];

/** Equality, order, and what logic is made of. */
export const comparison: readonly FunctionEntry[] = [
  ['_==_', [plain('equals', [T, T], bool, (a, b) => valuesEqual(a, b), equalityCost)]],
  ['_!=_', [plain('not_equals', [T, T], bool, (a, b) => !valuesEqual(a, b), shorterCost)]],
  ['_<_', ordering('less', (order) => order < 0)],
  ['_<=_', ordering('less_equals', (order) => order <= 0)],
  ['_>_', ordering('greater', (order) => order > 0)],
  ['_>=_', ordering('greater_equals', (order) => order >= 0)],
  ['!_', [plain('logical_not', [bool], bool, (a) => !a)]],
  // Evaluated by eval/calls.ts, which decides how many operands are needed; declared for the checker.
  ['_&&_', [plain('logical_and', [bool, bool], bool, (a, b) => a && b)]],
  ['_||_', [plain('logical_or', [bool, bool], bool, (a, b) => a || b)]],
  ['_?_:_', [plain('conditional', [bool, T, T], T, (condition, a, b) => (condition ? a : b))]],
  ['@not_strictly_false', [plain('not_strictly_false', [bool], bool, (a) => a)]],
];

function ordering(name: string, holds: (order: number) => boolean): ReturnType<typeof plain>[] {
  return ORDERED.map(([id, a, b]) => plain(`${name}_${id}`, [a, b], bool, (x, y) => judged(x, y, holds), /string|bytes/.test(id) ? shorterCost : undefined));
}

function judged(a: Value, b: Value, holds: (order: number) => boolean): Result {
  const order = compareValues(a, b);
  return order === undefined ? new CelError('NaN values cannot be ordered') : holds(order);
}

function equalityCost(args: readonly Value[]): number {
  return args[0] instanceof Opaque ? 1 : shorterCost(args);
}

/** Comparing stops at the end of the shorter one. */
function shorterCost([a = null, b = null]: readonly Value[]): number {
  return Math.ceil(Math.min(sizeForCost(a), sizeForCost(b)) * PER_CHARACTER);
}

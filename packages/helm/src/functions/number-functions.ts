import { formatValue } from '../values/format-go.ts';
import { Int, listOf, type Value } from '../values/value.ts';
import { define, defineVariadic, type FunctionTable, type GoFunction } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { addDecimals, decimalNumber, decimalOf, divideDecimals, multiplyDecimals, toFloat64, toInt64, type Decimal } from './numbers.ts';

/** How many numbers `until` and `seq` may count. */
const COUNT_MAX = 1_000_000;

const int64 = (value: bigint): Int => new Int(value, 'int64');

export const numberFunctions: FunctionTable = {
  atoi: define(['string'], (text) => new Int(/^[-+]?\d+$/.test(text) && BigInt(text.replace('+', '')) === BigInt.asIntN(64, BigInt(text.replace('+', ''))) ? BigInt(text.replace('+', '')) : 0n)),
  int: define(['any'], (value) => new Int(toInt64(value))),
  int64: define(['any'], (value) => int64(toInt64(value))),
  float64: define(['any'], toFloat64),
  toDecimal: define(['any'], (value) => { const text = formatValue(value); return int64(/^[-+]?[0-7]+$/.test(text) ? BigInt(parseInt(text, 8)) : 0n); }),
  add1: define(['any'], (value) => int64(toInt64(value) + 1n)),
  add: defineVariadic([], 'any', (_, values) => int64(values.reduce((sum: bigint, value) => sum + toInt64(value), 0n))),
  sub: define(['any', 'any'], (a, b) => int64(toInt64(a) - toInt64(b))),
  div: define(['any', 'any'], (a, b) => int64(toInt64(a) / divisor(b))),
  mod: define(['any', 'any'], (a, b) => int64(toInt64(a) % divisor(b))),
  mul: defineVariadic(['any'], 'any', ([first], values) => int64(values.reduce((product: bigint, value) => BigInt.asIntN(64, product * toInt64(value)), toInt64(first)))),
  max: maximum(1n), biggest: maximum(1n), min: maximum(-1n),
  maxf: defineVariadic(['any'], 'any', ([first], values) => Math.max(toFloat64(first), ...values.map(toFloat64))),
  minf: defineVariadic(['any'], 'any', ([first], values) => Math.min(toFloat64(first), ...values.map(toFloat64))),
  add1f: define(['any'], (value) => decimalNumber(addDecimals(decimalOf(toFloat64(value)), decimalOf(1)))),
  addf: defineVariadic([], 'any', (_, values) => fold(0, values, addDecimals)),
  subf: defineVariadic(['any'], 'any', ([first], values) => fold(first, values, (a, b) => addDecimals(a, { ...b, digits: -b.digits }))),
  mulf: defineVariadic(['any'], 'any', ([first], values) => fold(first, values, multiplyDecimals)),
  divf: defineVariadic(['any'], 'any', ([first], values) => fold(first, values, (a, b) => {
    const quotient = divideDecimals(a, b);
    if (quotient === undefined) throw new FunctionError('decimal division by 0');
    return quotient;
  })),
  ceil: define(['any'], (value) => Math.ceil(toFloat64(value))),
  floor: define(['any'], (value) => Math.floor(toFloat64(value))),
  round: defineVariadic(['any', 'int'], 'float64', ([value, places], [roundOn = 0.5]) => {
    const power = 10 ** places;
    const digits = power * toFloat64(value);
    const fraction = digits - Math.trunc(digits);
    return (fraction >= roundOn ? Math.ceil(digits) : Math.floor(digits)) / power;
  }),
  until: define(['int'], (count) => intList(countUp(0, count, count < 0 ? -1 : 1))),
  untilStep: define(['int', 'int', 'int'], (start, stop, step) => intList(countUp(start, stop, step))),
  seq: defineVariadic([], 'int', (_, numbers) => sequence(numbers).join(' ')),
};

function divisor(value: Value): bigint {
  const int = toInt64(value);
  if (int === 0n) throw new FunctionError('runtime error: integer divide by zero');
  return int;
}

function maximum(sign: bigint): GoFunction {
  return defineVariadic(['any'], 'any', ([first], values) => int64(values.reduce((best: bigint, value) => { const int = toInt64(value); return int * sign > best * sign ? int : best; }, toInt64(first))));
}

function fold(first: Value, values: readonly Value[], combine: (a: Decimal, b: Decimal) => Decimal): number {
  return decimalNumber(values.reduce((result: Decimal, value) => combine(result, decimalOf(toFloat64(value))), decimalOf(toFloat64(first))));
}

function countUp(start: number, stop: number, step: number): number[] {
  const isDown = stop < start;
  if (isDown ? step >= 0 : step <= 0) return [];
  if (Math.abs((stop - start) / step) > COUNT_MAX) throw new FunctionError(`the list would be too long: more than ${COUNT_MAX} numbers`);
  const numbers: number[] = [];
  for (let i = start; isDown ? i > stop : i < stop; i += step) numbers.push(i);
  return numbers;
}

function intList(numbers: readonly number[]): readonly Value[] {
  return listOf('int', numbers.map((number) => new Int(number)));
}

function sequence(numbers: readonly number[]): number[] {
  const [first = 0, second = 0, third = 0] = numbers;
  if (numbers.length === 0 || numbers.length > 3) return [];
  const [start, end] = numbers.length === 1 ? [1, first] : numbers.length === 2 ? [first, second] : [first, third];
  const step = numbers.length === 3 ? second : end < start ? -1 : 1;
  if (numbers.length === 3 && end < start && step > 0) return [];
  return countUp(start, end + (end < start ? -1 : 1), step);
}

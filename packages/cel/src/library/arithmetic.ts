import { PER_CHARACTER, sizeForCost } from '../cost/units.ts';
import { timestampWithin } from '../values/time-text.ts';
import { CelError, Duration, type Result, type Value } from '../values/value.ts';
import { bytes, double, duration, int, listOf, plain, string, T, timestamp, uint, type FunctionEntry } from './define.ts';
import { LEAST_INT, MOST_INT, toInt, toUint } from './numbers.ts';

const OVERFLOW = new CelError('integer overflow');
const DIVISION_BY_ZERO = new CelError('division by zero');
const MODULUS_BY_ZERO = new CelError('modulus by zero');

/** `+ - * / %` and the sign. */
export const arithmetic: readonly FunctionEntry[] = [
  ['_+_', [
    plain('add_bytes', [bytes, bytes], bytes, (a, b) => Buffer.concat([a, b]), joiningCost),
    plain('add_double', [double, double], double, (a, b) => a + b),
    plain('add_duration_duration', [duration, duration], duration, (a, b) => toDuration(a.nanos + b.nanos)),
    plain('add_duration_timestamp', [duration, timestamp], timestamp, (a, b) => toTimestamp(a.nanos + b.nanos)),
    plain('add_timestamp_duration', [timestamp, duration], timestamp, (a, b) => toTimestamp(a.nanos + b.nanos)),
    plain('add_int64', [int, int], int, (a, b) => toInt(a + b)),
    plain('add_list', [listOf(T), listOf(T)], listOf(T), (a, b) => a.concat(b)),
    plain('add_string', [string, string], string, (a, b) => a + b, joiningCost),
    plain('add_uint64', [uint, uint], uint, (a, b) => toUint(a.value + b.value)),
  ]],
  ['_-_', [
    plain('subtract_double', [double, double], double, (a, b) => a - b),
    plain('subtract_duration_duration', [duration, duration], duration, (a, b) => toDuration(a.nanos - b.nanos)),
    plain('subtract_int64', [int, int], int, (a, b) => toInt(a - b)),
    plain('subtract_timestamp_duration', [timestamp, duration], timestamp, (a, b) => toTimestamp(a.nanos - b.nanos)),
    plain('subtract_timestamp_timestamp', [timestamp, timestamp], duration, (a, b) => toDuration(a.nanos - b.nanos)),
    plain('subtract_uint64', [uint, uint], uint, (a, b) => toUint(a.value - b.value)),
  ]],
  ['_*_', [
    plain('multiply_double', [double, double], double, (a, b) => a * b),
    plain('multiply_int64', [int, int], int, (a, b) => toInt(a * b)),
    plain('multiply_uint64', [uint, uint], uint, (a, b) => toUint(a.value * b.value)),
  ]],
  ['_/_', [
    plain('divide_double', [double, double], double, (a, b) => a / b),
    plain('divide_int64', [int, int], int, (a, b) => (b === 0n ? DIVISION_BY_ZERO : toInt(a / b))),
    plain('divide_uint64', [uint, uint], uint, (a, b) => (b.value === 0n ? DIVISION_BY_ZERO : toUint(a.value / b.value))),
  ]],
  ['_%_', [
    plain('modulo_int64', [int, int], int, (a, b) => (b === 0n ? MODULUS_BY_ZERO : a === LEAST_INT && b === -1n ? OVERFLOW : a % b)),
    plain('modulo_uint64', [uint, uint], uint, (a, b) => (b.value === 0n ? MODULUS_BY_ZERO : toUint(a.value % b.value))),
  ]],
  ['-_', [
    plain('negate_double', [double], double, (a) => -a),
    plain('negate_int64', [int], int, (a) => toInt(-a)),
  ]],
];

function joiningCost([a = null, b = null]: readonly Value[]): number {
  return Math.ceil((sizeForCost(a) + sizeForCost(b)) * PER_CHARACTER);
}

function toDuration(nanos: bigint): Result {
  return nanos >= LEAST_INT && nanos <= MOST_INT ? new Duration(nanos) : OVERFLOW;
}

function toTimestamp(nanos: bigint): Result {
  return timestampWithin(nanos) ?? new CelError('timestamp overflow');
}


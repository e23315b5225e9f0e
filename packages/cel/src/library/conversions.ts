import { readingCost } from '../cost/units.ts';
import { formatDurationNanos, formatTimestamp, parseDurationNanos, parseTimestamp, timestampWithin } from '../values/time-text.ts';
import { typeOf } from '../values/type-of.ts';
import { CelError, Duration, TypeValue, Uint, type Result } from '../values/value.ts';
import { bool, bytes, double, duration, dyn, int, plain, string, T, timestamp, typeOfType, uint, type FunctionEntry } from './define.ts';
import { LEAST_INT, MOST_INT, MOST_UINT, toInt } from './numbers.ts';

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
const RANGE = new CelError('integer overflow');
const UNSIGNED_RANGE = new CelError('unsigned integer overflow');

/** Functions named like the type they give. */
export const conversions: readonly FunctionEntry[] = [
  ['type', [plain('type', [T], typeOfType(T), (value) => new TypeValue(typeOf(value)))]],
  ['dyn', [plain('to_dyn', [T], dyn, (value) => value)]],
  ['bool', [plain('bool_to_bool', [bool], bool, (value) => value), plain('string_to_bool', [string], bool, parseBool)]],
  ['bytes', [plain('bytes_to_bytes', [bytes], bytes, (value) => value), plain('string_to_bytes', [string], bytes, (text) => Buffer.from(text), ([text]) => readingCost(text))]],
  ['double', [
    plain('double_to_double', [double], double, (value) => value), plain('int64_to_double', [int], double, (value) => Number(value)),
    plain('string_to_double', [string], double, parseDouble), plain('uint64_to_double', [uint], double, (value) => Number(value.value)),
  ]],
  ['duration', [
    plain('duration_to_duration', [duration], duration, (value) => value), plain('int64_to_duration', [int], duration, (nanos) => new Duration(nanos)),
    plain('string_to_duration', [string], duration, (text) => { const nanos = parseDurationNanos(text); return nanos === undefined ? mismatch('string', 'google.protobuf.Duration') : new Duration(nanos); }),
  ]],
  ['int', [
    plain('int64_to_int64', [int], int, (value) => value), plain('double_to_int64', [double], int, doubleToInt),
    plain('duration_to_int64', [duration], int, ({ nanos }) => nanos), plain('string_to_int64', [string], int, parseInt64),
    plain('timestamp_to_int64', [timestamp], int, ({ nanos }) => floorSeconds(nanos)), plain('uint64_to_int64', [uint], int, ({ value }) => toInt(value)),
  ]],
  ['string', [
    plain('string_to_string', [string], string, (value) => value), plain('bool_to_string', [bool], string, (value) => String(value)),
    plain('bytes_to_string', [bytes], string, decodeUtf8, ([value]) => readingCost(value)), plain('double_to_string', [double], string, formatDouble),
    plain('duration_to_string', [duration], string, ({ nanos }) => formatDurationNanos(nanos)), plain('int64_to_string', [int], string, (value) => String(value)),
    plain('timestamp_to_string', [timestamp], string, formatTimestamp), plain('uint64_to_string', [uint], string, ({ value }) => String(value)),
  ]],
  ['timestamp', [
    plain('timestamp_to_timestamp', [timestamp], timestamp, (value) => value),
    plain('int64_to_timestamp', [int], timestamp, (seconds) => timestampWithin(seconds * 1_000_000_000n) ?? new CelError('timestamp overflow')),
    plain('string_to_timestamp', [string], timestamp, (text) => parseTimestamp(text) ?? mismatch('string', 'google.protobuf.Timestamp')),
  ]],
  ['uint', [
    plain('uint64_to_uint64', [uint], uint, (value) => value), plain('double_to_uint64', [double], uint, doubleToUint),
    plain('int64_to_uint64', [int], uint, (value) => (value < 0n ? UNSIGNED_RANGE : new Uint(value))), plain('string_to_uint64', [string], uint, parseUint64),
  ]],
];

function mismatch(from: string, to: string): CelError {
  return new CelError(`type conversion error from '${from}' to '${to}'`);
}

function parseBool(text: string): Result {
  return TRUE.has(text) || (FALSE.has(text) ? false : mismatch('string', 'bool'));
}

function parseDouble(text: string): Result {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number.isFinite(Number(text)) ? Number(text) : mismatch('string', 'double');
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? NaN : mismatch('string', 'double');
}

function parseInt64(text: string): Result {
  if (!/^[+-]?\d+$/.test(text)) return mismatch('string', 'int');
  const value = BigInt(text.replace(/^\+/, ''));
  return value < LEAST_INT || value > MOST_INT ? mismatch('string', 'int') : value;
}

function parseUint64(text: string): Result {
  return /^\d+$/.test(text) && BigInt(text) <= MOST_UINT ? new Uint(BigInt(text)) : mismatch('string', 'uint');
}

function doubleToInt(value: number): Result {
  return Number.isFinite(value) && value > Number(LEAST_INT) && value < Number(MOST_INT) ? BigInt(Math.trunc(value)) : RANGE;
}

function doubleToUint(value: number): Result {
  return value >= 0 && value < Number(MOST_UINT) ? new Uint(BigInt(Math.trunc(value))) : UNSIGNED_RANGE;
}

function floorSeconds(nanos: bigint): bigint {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return (nanos - rest) / 1_000_000_000n;
}

function decodeUtf8(value: Uint8Array): Result {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** As Go's shortest %g: an exponent from 21 digits on and below 1e-4. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e21 || size < 1e-4)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(value);
}

import { goQuote } from '@kubernode/apimachinery';
import { formatDurationNanos, formatTimestamp } from '../values/time-text.ts';
import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { runtimeTypeName, typeOf } from '../values/type-of.ts';
import { CelError, Duration, Timestamp, TypeValue, Uint, type Result, type Value } from '../values/value.ts';

/** Why a pattern can't be used with this many arguments, known before there are any; undefined when it can. */
export function patternFault(pattern: string, count: number): string | undefined {
  let used = 0;
  for (const [, percent, verb = ''] of pattern.matchAll(CLAUSE)) {
    if (percent !== undefined) continue;
    if (verb === '') return 'unexpected end of string';
    if (used++ >= count) return `index ${count} out of range`;
    if (!VERBS.includes(verb)) return `could not parse formatting clause: unrecognized formatting clause "${verb}"`;
  }
  return undefined;
}

const CLAUSE = /%(?:(%)|(?:\.\d*)?([\s\S]?))/g;
const VERBS = 'sdfeboxX';

/** Thrown inside, turned into a CelError at the door. */
class FormatFault extends Error {}

/** `'%s is %.2f'.format([…])`: s, d, f, e, b, x, X and o. */
export function formatText(pattern: string, args: CelList): Result {
  let used = 0;
  try {
    return pattern.replace(/%(?:(%)|(?:\.(\d*))?([\s\S]?))/g, (_all, percent?: string, precision?: string, verb?: string) => {
      if (percent !== undefined) return '%';
      if (verb === undefined || verb === '') throw new FormatFault('unexpected end of string');
      if (used >= args.size) throw new FormatFault(`index ${used} out of range`);
      return formatArgument(args.at(used++), verb, precision);
    });
  } catch (error) {
    if (error instanceof FormatFault) return new CelError(error.message);
    throw error;
  }
}

function formatArgument(value: Value, verb: string, precision: string | undefined): string {
  switch (verb) {
    case 's': return shown(value);
    case 'd': return decimal(value);
    case 'f': return realNumber(value, (number) => number.toFixed(Number(precision ?? 6)));
    case 'e': return realNumber(value, (number) => scientific(number.toExponential(Number(precision ?? 6))));
    case 'b': return typeof value === 'boolean' ? String(Number(value)) : inBase(value, 2, 'binary');
    case 'o': return inBase(value, 8, 'octal');
    case 'x': return hexadecimal(value);
    case 'X': return hexadecimal(value).toUpperCase();
    default: throw new FormatFault(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function shown(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return shownObject(value);
  return String(value);
}

/** What stands inside a list or map: texts are quoted there, doubles have six digits. */
function inner(value: Value): string {
  if (typeof value === 'string') return goQuote(value);
  return typeof value === 'number' && Number.isFinite(value) ? value.toFixed(6) : shown(value);
}

function shownObject(value: Value & object): string {
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDurationNanos(value.nanos);
  if (value instanceof TypeValue) return runtimeTypeName(value.type);
  if (value instanceof CelList) return `[${[...value].map(inner).join(', ')}]`;
  if (value instanceof CelMap) return `{${[...value.keys()].map((key) => [inner(key), inner(value.get(key) ?? null)] as const).sort(([a], [b]) => (a < b ? -1 : 1)).map((entry) => entry.join(':')).join(', ')}}`;
  throw new FormatFault(`error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${runtimeTypeName(typeOf(value))}`);
}

function decimal(value: Value): string {
  const number = value instanceof Uint ? value.value : value;
  if (typeof number === 'bigint' || (typeof number === 'number' && !Number.isFinite(number))) return String(number);
  throw clauseFault('decimal clause can only be used on integers', value);
}

function realNumber(value: Value, format: (number: number) => string): string {
  const number = value instanceof Uint ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number') throw clauseFault('fixed-point clause can only be used on doubles', value);
  return Number.isFinite(number) ? format(number) : String(number);
}

/** `1.5e+3` as `1.5×10⁰³`. */
function scientific(text: string): string {
  const [, digits = '', sign, exponent = ''] = /^(.*)e([+-])(\d+)$/.exec(text) ?? [];
  return `${digits}×10${sign === '-' ? '⁻' : ''}${exponent.padStart(2, '0').replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '')}`;
}

function inBase(value: Value, base: number, name: string): string {
  const number = value instanceof Uint ? value.value : value;
  if (typeof number !== 'bigint') throw clauseFault(`only integers${base === 2 ? ' and bools' : ''} can be formatted as ${name}`, value);
  return number.toString(base);
}

function hexadecimal(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const number = value instanceof Uint ? value.value : value;
  if (typeof number !== 'bigint') throw clauseFault('only integers, byte buffers, and strings can be formatted as hex', value);
  return number.toString(16);
}

function clauseFault(rule: string, value: Value): FormatFault {
  return new FormatFault(`error during formatting: ${rule}, was given ${runtimeTypeName(typeOf(value))}`);
}

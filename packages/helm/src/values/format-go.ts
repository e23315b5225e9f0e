import { goFloat, goQuote } from '@kubernode/apimachinery';
import { toBytes } from './byte-string.ts';
import { exponentFloat, fixedFloat, generalFloat } from './float-text.ts';
import { GoObject, Int, isList, sortedKeys, typeOf, type Value } from './value.ts';

/** A value as Go's %v prints it. */
export function formatValue(value: Value): string {
  if (typeof value === 'string') return value;
  return formatWith(value, PLAIN);
}

/** Go's fmt.Sprint: spaces between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  return values.map((value, i) => `${i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string' ? ' ' : ''}${formatValue(value)}`).join('');
}

interface Verb { verb: string; flags: string; width: number | undefined; precision: number | undefined }

const PLAIN: Verb = { verb: 'v', flags: '', width: undefined, precision: undefined };
const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.)?/gsu;
/** Wider or more precise is Go's own error. */
const WIDTH_MAX = 1_000_000;

/** Go's fmt.Sprintf, with its marks for what does not fit: `%!d(string=x)`, `%!d(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const take = (): Value | undefined => values[next++];
  const text = format.replace(DIRECTIVE, (_, flags: string, width: string | undefined, precision: string | undefined, verb: string | undefined) => {
    let flagText = flags;
    let badWidth = '';
    let wide = width === undefined ? undefined : Number(width);
    if (width === '*') {
      const given = countOf(take());
      if (given === undefined) badWidth += '%!(BADWIDTH)';
      wide = given === undefined ? undefined : Math.abs(given);
      if (given !== undefined && given < 0) flagText += '-';
    }
    let precise = precision === undefined ? undefined : Number(precision);
    if (precision === '*') {
      precise = countOf(take());
      if (precise === undefined || precise < 0) { badWidth += precise === undefined ? '%!(BADPREC)' : ''; precise = undefined; }
    }
    if (verb === undefined) return `${badWidth}%!(NOVERB)`;
    if (verb === '%') return `${badWidth}%`;
    const value = next < values.length ? take() : undefined;
    if (value === undefined) return `${badWidth}%!${verb}(MISSING)`;
    return badWidth + formatWith(value, { verb, flags: flagText, width: wide === undefined ? undefined : Math.min(wide, WIDTH_MAX), precision: precise });
  });
  if (next >= values.length) return text;
  return `${text}%!(EXTRA ${values.slice(next).map((value) => (value === null ? '<nil>' : `${typeOf(value)}=${formatValue(value)}`)).join(', ')})`;
}

function countOf(value: Value | undefined): number | undefined {
  return value instanceof Int && value.value <= WIDTH_MAX && value.value >= -WIDTH_MAX ? Number(value.value) : undefined;
}

function formatWith(value: Value, verb: Verb): string {
  if (verb.verb === 'T') return pad(typeOf(value), { ...verb, verb: 's' });
  if (value === null) return verb.verb === 'v' ? pad('<nil>', verb) : `%!${verb.verb}(<nil>)`;
  if (value instanceof Map) return `map[${sortedKeys(value).map((key) => `${formatWith(key, verb)}:${formatElement(value.get(key) ?? null, verb)}`).join(' ')}]`;
  if (isList(value)) return `[${value.map((element) => formatElement(element, verb)).join(' ')}]`;
  if (value instanceof GoObject) return 'vsq'.includes(verb.verb) ? formatText(value.format(), verb) : bad(value, verb);
  if (typeof value === 'string') return formatText(value, verb);
  if (typeof value === 'boolean') return 'vt'.includes(verb.verb) ? pad(String(value), verb) : bad(value, verb);
  if (typeof value === 'number') return formatNumber(value, verb);
  return formatInt(value, verb);
}

function formatElement(value: Value, verb: Verb): string {
  return value === null && verb.verb !== 'v' ? `%!${verb.verb}(<nil>)` : formatWith(value, verb);
}

function bad(value: Value, { verb }: Verb): string {
  return `%!${verb}(${typeOf(value)}=${formatValue(value)})`;
}

function formatText(text: string, verb: Verb): string {
  const cut = verb.precision === undefined ? text : Array.from(text).slice(0, verb.precision).join('');
  switch (verb.verb) {
    case 'v': if (verb.flags.includes('#')) return pad(goQuote(cut), verb); return pad(cut, verb);
    case 's': return pad(cut, verb);
    case 'q': return pad(verb.flags.includes('#') && !/[`\u0000-\u0008\u000a-\u001f\u007f]/.test(cut) ? `\`${cut}\`` : goQuote(cut), verb); // eslint-disable-line no-control-regex
    case 'x': case 'X': return pad(hex(toBytes(text).subarray(0, verb.precision), verb), verb);
    default: return bad(text, verb);
  }
}

function hex(bytes: Buffer, { verb, flags }: Verb): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(flags.includes(' ') ? ' ' : '');
  const marked = flags.includes('#') && bytes.length > 0 ? `0x${digits}` : digits;
  return verb === 'X' ? marked.toUpperCase() : marked;
}

function formatNumber(value: number, verb: Verb): string {
  const digits = ((): string | undefined => {
    if (!Number.isFinite(value)) return 'vgGeEfF'.includes(verb.verb) ? goFloat(value) : undefined;
    switch (verb.verb) {
      case 'v': case 'g': case 'G': return verb.precision === undefined ? goFloat(value) : generalFloat(value, verb.precision);
      case 'e': case 'E': return exponentFloat(value, verb.precision ?? 6);
      case 'f': case 'F': return fixedFloat(value, verb.precision ?? 6);
      default: return undefined;
    }
  })();
  if (digits === undefined) return bad(value, verb);
  return padNumber('GE'.includes(verb.verb) ? digits.toUpperCase() : digits, Number.isFinite(value) ? verb : { ...verb, flags: verb.flags.replace('0', '') });
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };

function formatInt(int: Int, verb: Verb): string {
  if (int.type === 'time.Duration' && 'vs'.includes(verb.verb)) return pad(formatDuration(int.value), verb);
  if (verb.verb === 'c') return pad(String.fromCodePoint(Number(int.value)), verb);
  if (verb.verb === 'q') return pad(`'${String.fromCodePoint(Number(int.value))}'`, verb);
  if (verb.verb === 'U') return pad(`U+${int.value.toString(16).toUpperCase().padStart(4, '0')}`, verb);
  const base = BASES[verb.verb];
  if (base === undefined) return bad(int, verb);
  const magnitude = int.value < 0n ? -int.value : int.value;
  const digits = magnitude.toString(base).padStart(verb.precision ?? 0, '0');
  const prefix = verb.verb === 'O' ? '0o' : verb.flags.includes('#') ? PREFIXES[verb.verb] ?? '' : '';
  const text = `${int.value < 0n ? '-' : ''}${prefix}${verb.verb === 'X' ? digits.toUpperCase() : digits}`;
  return padNumber(text, verb.precision === undefined ? verb : { ...verb, flags: verb.flags.replace('0', '') });
}

function padNumber(text: string, verb: Verb): string {
  const signed = /^[-+]/.test(text) ? text : verb.flags.includes('+') ? `+${text}` : verb.flags.includes(' ') ? ` ${text}` : text;
  if (!verb.flags.includes('0') || verb.flags.includes('-') || verb.width === undefined) return pad(signed, verb);
  const sign = /^[-+ ]/.exec(signed)?.[0] ?? '';
  return sign + signed.slice(sign.length).padStart(verb.width - sign.length, '0');
}

function pad(text: string, { width, flags }: Verb): string {
  if (width === undefined) return text;
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  return flags.includes('-') ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

/** `1h30m0s`, as Go's durations print; in nanoseconds. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const rest = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const decimal = (unit: bigint, digits: number): string => `${rest / unit}.${String(rest % unit).padStart(digits, '0')}`.replace(/\.?0+$/, '');
  if (rest < 1000n) return `${sign}${rest}ns`;
  if (rest < 1_000_000n) return `${sign}${decimal(1000n, 3)}µs`;
  if (rest < 1_000_000_000n) return `${sign}${decimal(1_000_000n, 6)}ms`;
  const [hours, minutes] = [rest / 3_600_000_000_000n, (rest / 60_000_000_000n) % 60n];
  const inMinute = rest % 60_000_000_000n;
  const seconds = `${inMinute / 1_000_000_000n}.${String(inMinute % 1_000_000_000n).padStart(9, '0')}`.replace(/\.?0+$/, '');
  return `${sign}${hours > 0n ? `${hours}h` : ''}${hours > 0n || minutes > 0n ? `${minutes}m` : ''}${seconds}s`;
}

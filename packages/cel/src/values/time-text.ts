import { Timestamp } from './value.ts';

const NS_PER_S = 1_000_000_000n;
const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9})\d*)?(Z|([+-])(\d{2}):(\d{2}))$/;
const UNIT_NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const LEAST = -62_135_596_800n * NS_PER_S; // 0001-01-01
const MOST = 253_402_300_800n * NS_PER_S; // 10000-01-01, exclusive
const LONGEST_DURATION = 2n ** 63n;

/** RFC 3339 text as a moment; undefined for text that is none or lies outside the years 1 to 9999. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', , sign, offsetHour, offsetMinute] = match;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(ms);
  if (Number(year) < 100) date.setUTCFullYear(Number(year));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * (sign === '-' ? -60 : 60); // s
  return timestampWithin(BigInt(date.getTime()) * 1_000_000n + BigInt(fraction.padEnd(9, '0')) - BigInt(offset) * NS_PER_S);
}

/** Undefined outside the years that CEL knows. */
export function timestampWithin(nanos: bigint): Timestamp | undefined {
  return nanos >= LEAST && nanos < MOST ? new Timestamp(nanos) : undefined;
}

/** RFC 3339 in UTC, with as many digits of a second as it has. */
export function formatTimestamp({ nanos }: Timestamp): string {
  const fraction = ((nanos % NS_PER_S) + NS_PER_S) % NS_PER_S;
  const whole = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  return `${whole}${fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

/** A duration as Go writes it (`1h2m3.5s`), in ns; undefined for text that is none. */
export function parseDurationNanos(text: string): bigint | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, amount = '', unit = ''] of (match[2] ?? '').matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const [whole = '0', fraction = ''] = amount.split('.');
    const unitNs = UNIT_NS[unit] ?? 0;
    total += BigInt(whole === '' ? '0' : whole) * BigInt(unitNs) + BigInt(Math.trunc(Number(`0.${fraction === '' ? '0' : fraction}`) * unitNs));
  }
  if (match[1] === '-') total = -total;
  return total < LONGEST_DURATION && total >= -LONGEST_DURATION ? total : undefined;
}

/** Seconds with their fraction, as CEL writes durations: `3723.5s`. */
export function formatDurationNanos(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % NS_PER_S).padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / NS_PER_S}${fraction === '' ? '' : `.${fraction}`}s`;
}

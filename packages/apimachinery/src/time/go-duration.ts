import { badRequest } from '../errors/status-error.ts';
import { goQuote } from '../codec/go-text.ts';

const UNIT_NANOS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, 'µs': 1e3, 'μs': 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** ms of a duration as Go writes it: `1h30m`, `500ms`, `-1.5s`, `0`. @throws StatusError 400 with Go's message. */
export function parseDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw badRequest(`time: invalid duration ${goQuote(text)}`);
  let nanos = 0;
  while (rest !== '') {
    const number = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)/.exec(rest)?.[0];
    if (number === undefined) throw badRequest(`time: invalid duration ${goQuote(text)}`);
    const unit = /^[^.0-9]*/.exec(rest.slice(number.length))?.[0] ?? '';
    if (unit === '') throw badRequest(`time: missing unit in duration ${goQuote(text)}`);
    const factor = Object.hasOwn(UNIT_NANOS, unit) ? UNIT_NANOS[unit] : undefined;
    if (factor === undefined) throw badRequest(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`);
    nanos += Number(number) * factor;
    rest = rest.slice(number.length + unit.length);
  }
  return (sign * nanos) / 1e6;
}

/** A duration as Go writes it: `1h30m0s`, `1.5s`, `2ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const nanos = Math.round(Math.abs(ms) * 1e6);
  if (nanos < 1e3) return `${sign}${nanos}ns`;
  if (nanos < 1e6) return `${sign}${nanos / 1e3}µs`;
  if (nanos < 1e9) return `${sign}${nanos / 1e6}ms`;
  const hours = Math.floor(nanos / 3600e9);
  const minutes = Math.floor((nanos % 3600e9) / 60e9);
  const seconds = (nanos % 60e9) / 1e9;
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

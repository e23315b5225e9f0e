import { badRequest } from '../errors/status-error.ts';
import { goQuote } from '../codec/go-text.ts';

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/** Most times of a moment are the same second. */
let lastFormatted = { second: NaN, text: '' };

/** A moment as objects carry it: whole seconds, UTC. `ms` counts from 1970. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastFormatted.second) lastFormatted = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` };
  return lastFormatted.text;
}

/** A moment with six digits behind the point, as leases and events carry it. */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}${fraction(ms)}Z`;
}

function fraction(ms: number): string {
  return String(Math.floor((ms - Math.floor(ms)) * 1000)).padStart(3, '0');
}

/** ms since 1970 of a Time or MicroTime, fractions included; undefined for text that is none. */
export function timeToMs(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined) return undefined;
  if (CANONICAL.test(text)) return Date.parse(text);
  const read = readTime(text, false);
  return typeof read === 'string' ? undefined : read.ms;
}

/** The text the API gives back for a Time it was given. @throws StatusError 400 with Go's message. */
export function normaliseTime(text: string): string {
  if (CANONICAL.test(text)) return text; // as nearly all are: they were read here before
  return formatTime(readOrThrow(text, false).ms);
}

/** The text the API gives back for a MicroTime it was given; six digits are demanded. @throws StatusError 400 */
export function normaliseMicroTime(text: string): string {
  const { ms, digits } = readOrThrow(text, true);
  return `${formatTime(ms).slice(0, -1)}.${digits.padEnd(6, '0').slice(0, 6)}Z`;
}

/** Whole seconds in UTC of a day that every month has. */
const CANONICAL = /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$/;

interface ReadTime { ms: number; digits: string }

function readOrThrow(text: string, micro: boolean): ReadTime {
  const read = readTime(text, micro);
  if (typeof read === 'string') throw badRequest(read);
  return read;
}

type Element = readonly [layout: string, pattern: RegExp, range?: readonly [name: string, low: number, high: number]];
const DATE_TIME: readonly Element[] = [
  ['2006', /^[0-9]{4}/], ['-', /^-/], ['01', /^[0-9]{2}/, ['month', 1, 12]], ['-', /^-/], ['02', /^[0-9]{2}/, ['day', 0, 31]], ['T', /^T/],
  ['15', /^[0-9]{1,2}/, ['hour', 0, 23]], [':', /^:/], ['04', /^[0-9]{2}/, ['minute', 0, 59]], [':', /^:/], ['05', /^[0-9]{2}/, ['second', 0, 59]],
];

/** Element by element as Go reads it, since the message names the first that fails. */
function readTime(text: string, micro: boolean): ReadTime | string {
  const layout = micro ? MICRO_LAYOUT : LAYOUT;
  const cannot = (rest: string, element: string): string => `parsing time ${goQuote(text)} as ${goQuote(layout)}: cannot parse ${goQuote(rest)} as ${goQuote(element)}`;
  const numbers: number[] = [];
  let rest = text;
  for (const [element, pattern, range] of DATE_TIME) {
    const piece = pattern.exec(rest)?.[0];
    if (piece === undefined) return cannot(rest, element);
    if (range !== undefined && (Number(piece) < range[1] || Number(piece) > range[2])) return `parsing time ${goQuote(text)}: ${range[0]} out of range`;
    if (/^[0-9]/.test(piece)) numbers.push(Number(piece));
    rest = rest.slice(piece.length);
  }
  const point = (micro ? /^[.,][0-9]{6}(?![0-9])/ : /^[.,][0-9]+/).exec(rest)?.[0] ?? '';
  if (micro && point === '') return cannot(rest, '.000000');
  rest = rest.slice(point.length);
  const zone = /^(?:Z|([+-])([0-9]{2}):([0-9]{2}))/.exec(rest);
  if (zone === null) return cannot(rest, 'Z07:00');
  if (rest.length > zone[0].length) return `parsing time ${goQuote(text)}: extra text: ${goQuote(rest.slice(zone[0].length))}`;
  const offsetMinutes = zone[1] === undefined ? 0 : (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]));
  return moment(text, numbers, offsetMinutes, point.slice(1));
}

function moment(text: string, [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[], offsetMinutes: number, digits: string): ReadTime | string {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC would take years below 100 for 19xx
  if (date.getUTCDate() !== day) return `parsing time ${goQuote(text)}: day out of range`;
  date.setUTCHours(hour, minute - offsetMinutes, second);
  return { ms: date.getTime() + Number(`0.${digits === '' ? '0' : digits}`) * 1000, digits };
}

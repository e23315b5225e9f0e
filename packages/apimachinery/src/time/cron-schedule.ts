import { goQuote } from '../codec/go-text.ts';
import { StatusError } from '../errors/status-error.ts';
import { parseDuration } from './go-duration.ts';

/** One of cron's fields: the values it allows, and whether it is a star, which leaves the choice of days to the other field of days. */
export interface CronField { values: ReadonlySet<number>; star: boolean }

/** When something shall be done: at these times of a calendar (of a zone, if the text names one), or once in a while. */
export type CronSchedule =
  | { kind: 'calendar'; timeZone?: string; minutes: CronField; hours: CronField; days: CronField; months: CronField; weekdays: CronField }
  | { kind: 'every'; ms: number };

interface Bounds { min: number; max: number; names?: Readonly<Record<string, number>> }

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS: Bounds = { min: 1, max: 31 };
const MONTHS_OF_YEAR: Bounds = { min: 1, max: 12, names: Object.fromEntries(MONTHS.map((name, index) => [name, index + 1])) };
const DAYS_OF_WEEK: Bounds = { min: 0, max: 6, names: Object.fromEntries(WEEKDAYS.map((name, index) => [name, index])) };
const FIELD_COUNT = 5;
const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

/** Reads a schedule as Kubernetes does (`* * * * *`, `@daily`, `@every 1h30m`, each after `TZ=ZONE ` if need be), with its words for what is wrong. */
export function parseCronSchedule(text: string): { schedule: CronSchedule } | { fault: string } {
  try { return { schedule: read(text) }; } catch (error) {
    if (error instanceof ScheduleFault || error instanceof StatusError) return { fault: error.message };
    throw error;
  }
}

/** Whether the zone is one of the time zone database. */
export function isTimeZone(name: string): boolean {
  try { return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''; } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

class ScheduleFault extends Error {
  override readonly name = 'ScheduleFault';
}

function read(text: string): CronSchedule {
  if (text === '') throw new ScheduleFault('empty spec string');
  const [, prefix, zone = '', rest = ''] = /^((?:CRON_)?TZ=)([^ ]*)(?: ([\s\S]*))?$/.exec(text) ?? [];
  if (prefix === undefined) return readUnzoned(text);
  if (!text.includes(' ')) throw new ScheduleFault('invalid schedule format: runtime error: slice bounds out of range [:-1]'); // what becomes of it in Kubernetes
  if (zone !== '' && !isTimeZone(zone)) throw new ScheduleFault(`provided bad location ${zone}: unknown time zone ${zone}`);
  const schedule = readUnzoned(rest.trim());
  return schedule.kind === 'calendar' ? { ...schedule, timeZone: zone === '' ? 'UTC' : zone } : schedule;
}

function readUnzoned(text: string): CronSchedule {
  if (text.startsWith('@')) return readDescriptor(text);
  const fields = text.trim().split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELD_COUNT) throw new ScheduleFault(`expected exactly ${FIELD_COUNT} fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = fields;
  return { kind: 'calendar', minutes: readField(minutes, MINUTES), hours: readField(hours, HOURS), days: readField(days, DAYS), months: readField(months, MONTHS_OF_YEAR), weekdays: readField(weekdays, DAYS_OF_WEEK) };
}

function readDescriptor(text: string): CronSchedule {
  const fields = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined;
  if (fields !== undefined) return readUnzoned(fields);
  if (!text.startsWith('@every ')) throw new ScheduleFault(`unrecognized descriptor: ${text}`);
  try {
    const ms = Math.max(1000, parseDuration(text.slice('@every '.length)));
    return { kind: 'every', ms: ms - (ms % 1000) };
  } catch (error) { throw error instanceof StatusError ? new ScheduleFault(`failed to parse duration ${text}: ${error.message}`) : error; }
}

function readField(text: string, bounds: Bounds): CronField {
  const ranges = text.split(',').filter((part) => part !== '').map((part) => readRange(part, bounds));
  return { values: new Set(ranges.flatMap(({ values }) => values)), star: ranges.some(({ star }) => star) };
}

/** `5`, `1-5`, `MON-FRI`, `?`, a star; each with a step if need be. A number with a step goes on to the end. */
function readRange(expression: string, { min, max, names }: Bounds): { values: readonly number[]; star: boolean } {
  const [body = '', step, ...more] = expression.split('/');
  const [low = '', high, ...extra] = body.split('-');
  const star = low === '*' || low === '?';
  const start = star ? min : readValue(low, names);
  if (!star && extra.length > 0) throw new ScheduleFault(`too many hyphens: ${expression}`);
  const given = star ? max : high === undefined ? start : readValue(high, names);
  if (more.length > 0) throw new ScheduleFault(`too many slashes: ${expression}`);
  const every = step === undefined ? 1 : readValue(step, undefined);
  const end = step !== undefined && high === undefined ? max : given;
  if (start < min) throw new ScheduleFault(`beginning of range (${start}) below minimum (${min}): ${expression}`);
  if (end > max) throw new ScheduleFault(`end of range (${end}) above maximum (${max}): ${expression}`);
  if (start > end) throw new ScheduleFault(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
  if (every === 0) throw new ScheduleFault(`step of range should be a positive number: ${expression}`);
  const count = Math.floor((end - start) / every) + 1;
  return { values: Array.from({ length: count }, (_none, i) => start + i * every), star: star && every === 1 };
}

function readValue(text: string, names: Readonly<Record<string, number>> | undefined): number {
  const named = names?.[text.toLowerCase()];
  if (named !== undefined) return named;
  if (!/^[+-]?\d+$/.test(text)) throw new ScheduleFault(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new ScheduleFault(`negative number (${value}) not allowed: ${text}`);
  return value;
}

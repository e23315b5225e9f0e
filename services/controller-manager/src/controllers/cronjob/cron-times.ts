/** A cron schedule, ready to be asked. */
export interface CronTimes {
  /** The first time after `ms`; undefined when there is none within five years (as the 30th of February). */
  next(ms: number): number | undefined;
}

interface Field { min: number; max: number; names: readonly string[] }
interface Parsed { values: ReadonlySet<number>; any: boolean }

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_MAX = 5 * 366;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIELDS: readonly Field[] = [
  { min: 0, max: 59, names: [] }, { min: 0, max: 23, names: [] }, { min: 1, max: 31, names: [] }, { min: 1, max: 12, names: ['', ...MONTHS] }, { min: 0, max: 6, names: DAYS },
];
const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

/** Undefined for what is no schedule. Times are those of the zone's clocks: one that a zone skips does not come. */
export function cronTimes(schedule: string, timeZone = 'UTC'): CronTimes | undefined {
  const fields = (MACROS[schedule.trim()] ?? schedule).trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return undefined;
  const parsed = fields.map((text, i) => parseField(text, FIELDS[i] as Field)); // as many fields as texts
  const [minutes, hours, days, months, weekdays] = parsed;
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const offsetAt = zoneOffset(timeZone);
  const dayMatches = (date: Date): boolean => {
    const [day, weekday] = [days.values.has(date.getUTCDate()), weekdays.values.has(date.getUTCDay())];
    return months.values.has(date.getUTCMonth() + 1) && (days.any || weekdays.any ? day && weekday : day || weekday); // both given: either will do
  };
  const ofDay = [...hours.values].sort(byNumber).flatMap((hour) => [...minutes.values].sort(byNumber).map((minute) => (hour * 60 + minute) * MINUTE_MS));
  return {
    next(ms) {
      const wall = ms + offsetAt(ms);
      for (let day = Math.floor(wall / DAY_MS), last = day + DAYS_MAX; day <= last; day++) {
        if (!dayMatches(new Date(day * DAY_MS))) continue;
        for (const time of ofDay) {
          const at = fromWall(day * DAY_MS + time, offsetAt);
          if (at !== undefined && at > ms) return at;
        }
      }
      return undefined;
    },
  };
}

function byNumber(a: number, b: number): number { return a - b; }

function parseField(text: string, field: Field): Parsed | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', stepText] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const star = range === '*' || range === '?';
    const [first, last] = star ? [field.min, field.max] : range.split('-').map((one) => numberOf(one, field));
    const step = Number(stepText ?? 1);
    const end = last ?? (stepText === undefined ? first : field.max);
    if (first === undefined || end === undefined || step < 1 || !(first >= field.min && first <= end && end <= field.max)) return undefined;
    for (let value = first; value <= end; value += step) values.add(value);
  }
  return { values, any: /^[*?]/.test(text) };
}

function numberOf(text: string, { names }: Field): number {
  const index = names.indexOf(text.toUpperCase());
  return index >= 0 && text !== '' ? index : /^\d+$/.test(text) ? Number(text) : NaN;
}

/** How far the zone's clocks are ahead of UTC at a time. */
function zoneOffset(timeZone: string): (ms: number) => number {
  if (timeZone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(new Date(ms)).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  };
}

function fromWall(wall: number, offsetAt: (ms: number) => number): number | undefined {
  const guess = wall - offsetAt(wall);
  for (const at of [guess, wall - offsetAt(guess)]) if (at + offsetAt(at) === wall) return at;
  return undefined;
}

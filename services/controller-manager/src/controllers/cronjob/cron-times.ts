import type { CronSchedule } from '@kubernode/apimachinery';
import { wallClock, type WallClock } from './wall-clock.ts';

/** The first time of a schedule after `ms`, in ms; undefined when there is none within five years (as the 30th of February). */
export type NextTime = (ms: number) => number | undefined;

type Calendar = Extract<CronSchedule, { kind: 'calendar' }>;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const YEARS_MAX = 5;

/**
 * Times are those of the clocks in `timeZone`, unless the schedule names a zone itself. A time that the clocks skip does not come; one
 * that they show twice comes twice.
 */
export function nextTimeOf(schedule: CronSchedule, timeZone = 'UTC'): NextTime {
  if (schedule.kind === 'every') return (ms) => Math.floor(ms / 1000) * 1000 + schedule.ms;
  const clock = wallClock(schedule.timeZone ?? timeZone);
  return (ms) => nextOfCalendar(schedule, clock, Math.floor(ms / 1000) * 1000 + 1000);
}

/** Month, day, hour and minute are looked for in turn; whenever one wraps around, it begins anew. */
function nextOfCalendar(calendar: Calendar, clock: WallClock, fromMs: number): number | undefined {
  const lastYear = clock.at(fromMs).year + YEARS_MAX;
  for (let ms = fromMs; clock.at(ms).year <= lastYear;) {
    const { year, month, day, hour, minute, second } = clock.at(ms);
    if (!calendar.months.values.has(month)) ms = clock.instant(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1);
    else if (!isDay(calendar, clock, ms)) ms = clock.instant(year, month, day + 1);
    else if (!calendar.hours.values.has(hour)) ms = ms - minute * MINUTE_MS - second * 1000 + HOUR_MS;
    else if (second > 0 || !calendar.minutes.values.has(minute)) ms = ms - second * 1000 + MINUTE_MS;
    else return ms;
  }
  return undefined;
}

/** Where both days are given, either will do. */
function isDay({ days, weekdays }: Calendar, clock: WallClock, ms: number): boolean {
  const { day, weekday } = clock.at(ms);
  const [ofMonth, ofWeek] = [days.values.has(day), weekdays.values.has(weekday)];
  return days.star || weekdays.star ? ofMonth && ofWeek : ofMonth || ofWeek;
}

import { CelError, type Duration, type Result, type Timestamp } from '../values/value.ts';
import { duration, int, member, string, timestamp, type FunctionEntry } from './define.ts';

/** Fields of a moment in its time zone. */
interface Fields { year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number; weekday: number; yearDay: number }

const MS_PER_DAY = 86_400_000;

/** Parts of timestamps, in UTC or a zone, and whole units of durations. */
export const time: readonly FunctionEntry[] = [
  part('getFullYear', 'year', ({ year }) => year),
  part('getMonth', 'month', ({ month }) => month),
  part('getDayOfYear', 'day_of_year', ({ yearDay }) => yearDay),
  part('getDayOfMonth', 'day_of_month', ({ day }) => day - 1),
  part('getDate', 'day_of_month_1_based', ({ day }) => day),
  part('getDayOfWeek', 'day_of_week', ({ weekday }) => weekday),
  part('getHours', 'hours', ({ hour }) => hour, ({ nanos }) => nanos / 3_600_000_000_000n),
  part('getMinutes', 'minutes', ({ minute }) => minute, ({ nanos }) => nanos / 60_000_000_000n),
  part('getSeconds', 'seconds', ({ second }) => second, ({ nanos }) => nanos / 1_000_000_000n),
  part('getMilliseconds', 'milliseconds', ({ ms }) => ms, ({ nanos }) => nanos / 1_000_000n),
];

function part(name: string, id: string, read: (fields: Fields) => number, ofDuration?: (value: Duration) => bigint): FunctionEntry {
  const inZone = (moment: Timestamp, zone: string): Result => {
    const fields = fieldsIn(moment, zone);
    return fields === undefined ? new CelError(`unknown time zone ${zone}`) : BigInt(read(fields));
  };
  return [name, [
    member(`timestamp_to_${id}`, [timestamp], int, (moment) => inZone(moment, 'UTC')),
    member(`timestamp_to_${id}_with_tz`, [timestamp, string], int, inZone),
    ...(ofDuration === undefined ? [] : [member(`duration_to_${id}`, [duration], int, ofDuration)]),
  ]];
}

/** Undefined for a zone that is neither an IANA name nor an offset like `-08:00`. */
function fieldsIn({ nanos }: Timestamp, zone: string): Fields | undefined {
  const ms = Number(nanos / 1_000_000n);
  const offset = zone === 'UTC' || zone === '' ? 0 : offsetOf(zone, ms);
  if (offset === undefined) return undefined;
  const local = new Date(ms + offset);
  const yearStart = new Date(local.getTime());
  yearStart.setUTCMonth(0, 1);
  return {
    year: local.getUTCFullYear(), month: local.getUTCMonth(), day: local.getUTCDate(), hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: local.getUTCSeconds(),
    ms: local.getUTCMilliseconds(), weekday: local.getUTCDay(), yearDay: Math.round((local.getTime() - yearStart.getTime()) / MS_PER_DAY),
  };
}

/** ms that a zone is ahead of UTC at a moment. */
function offsetOf(zone: string, ms: number): number | undefined {
  const fixed = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (fixed !== null) return (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === '-' ? -60_000 : 60_000);
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(ms);
    const shown = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
    return (Number(shown?.[2] ?? 0) * 60 + Number(shown?.[3] ?? 0)) * (shown?.[1] === '-' ? -60_000 : 60_000);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

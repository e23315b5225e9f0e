import { parseCronSchedule } from '@kubernode/apimachinery';
import { nextTimeOf } from './cron-times.ts';

function next(text: string, zone: string | undefined, after: string, count = 1): (string | undefined)[] {
  const parsed = parseCronSchedule(text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  const nextTime = nextTimeOf(parsed.schedule, zone);
  const times: (string | undefined)[] = [];
  for (let ms: number | undefined = Date.parse(after), i = 0; i < count; i++) {
    ms = ms === undefined ? undefined : nextTime(ms);
    times.push(ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z'));
  }
  return times;
}

test.each<[string, string | undefined, string, (string | undefined)[]]>([
  ['* * * * *', undefined, '2026-03-01T10:00:00Z', ['2026-03-01T10:01:00Z']],
  ['* * * * *', 'UTC', '2026-03-01T10:00:59.999Z', ['2026-03-01T10:01:00Z']],
  ['*/15 9-17 * * MON-FRI', 'UTC', '2026-02-27T17:45:00Z', ['2026-03-02T09:00:00Z', '2026-03-02T09:15:00Z']],
  ['0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
  ['0 0 1 * 0', 'UTC', '2026-03-02T00:00:00Z', ['2026-03-08T00:00:00Z']], // the first of a month or a Sunday
  ['0 0 1 * *', 'UTC', '2026-12-02T00:00:00Z', ['2027-01-01T00:00:00Z']],
  ['0 0 */10 * SUN', 'UTC', '2026-03-02T00:00:00Z', ['2026-03-08T00:00:00Z', '2026-03-11T00:00:00Z']], // a star with a step is none
  ['0 0 * * 1/2', 'UTC', '2026-03-01T00:00:00Z', ['2026-03-02T00:00:00Z', '2026-03-04T00:00:00Z', '2026-03-06T00:00:00Z', '2026-03-09T00:00:00Z']],
  ['5/20 3 * * *', 'UTC', '2026-03-01T03:25:00Z', ['2026-03-01T03:45:00Z', '2026-03-02T03:05:00Z']],
  ['@hourly', 'UTC', '2026-12-31T23:59:59Z', ['2027-01-01T00:00:00Z']],
  ['@every 90s', 'UTC', '2026-01-01T00:00:00.500Z', ['2026-01-01T00:01:30Z', '2026-01-01T00:03:00Z']],
  ['0 12 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', ['2026-03-29T10:00:00Z']], // summer time begins
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', ['2026-03-30T00:30:00Z']], // 02:30 is skipped that night
  ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-26T01:30:00Z']], // and comes twice in that one
  ['0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', ['2018-11-05T02:00:00Z']], // clocks went from 24:00 to 01:00
  ['0 1 4 11 *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', ['2018-11-04T03:00:00Z']],
  ['30 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00:00Z', ['2026-01-01T04:00:00Z']],
  ['TZ=Asia/Tokyo 0 9 * * *', 'Europe/Berlin', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00Z']],
  ['0 0 30 2 *', 'UTC', '2026-03-01T00:00:00Z', [undefined]],
])('%s in %s after %s', (text, zone, after, want) => { expect(next(text, zone, after, want.length)).toEqual(want); });

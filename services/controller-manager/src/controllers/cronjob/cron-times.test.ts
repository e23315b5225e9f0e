import { cronTimes } from './cron-times.ts';

test.each([
  ['* * * * *', 'UTC', '2026-03-01T10:00:00Z', '2026-03-01T10:01:00Z'],
  ['*/15 9-17 * * MON-FRI', 'UTC', '2026-02-27T17:45:00Z', '2026-03-02T09:00:00Z'],
  ['0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['0 0 1 * 0', 'UTC', '2026-03-02T00:00:00Z', '2026-03-08T00:00:00Z'], // the first of a month or a Sunday
  ['5/20 3 * * *', 'UTC', '2026-03-01T03:25:00Z', '2026-03-01T03:45:00Z'],
  ['@hourly', 'UTC', '2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z'],
  ['0 12 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T10:00:00Z'], // summer time begins
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T00:30:00Z'], // 02:30 is skipped that night
  ['0 0 30 2 *', 'UTC', '2026-03-01T00:00:00Z', undefined],
])('%s in %s after %s', (schedule, zone, after, want) => {
  const next = cronTimes(schedule, zone)?.next(Date.parse(after));
  expect(next === undefined ? undefined : new Date(next).toISOString().replace('.000Z', 'Z')).toBe(want);
});

test.each(['', '* * * *', '60 * * * *', '* * * * 7', 'a * * * *', '5-3 * * * *', '*/0 * * * *'])('%j is no schedule', (text) => { expect(cronTimes(text)).toBeUndefined(); });

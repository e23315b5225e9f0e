import { parseCronSchedule } from './cron-schedule.ts';

test.each(['* * * * *', '*/5 0-6 1,15 JAN-MAR mon-fri', '0 0 ? * 0', '@daily', '@every 1h30m', 'TZ=Asia/Tokyo 30 4 * * *', 'CRON_TZ=UTC @hourly'])('%s is a schedule', (text) => {
  expect(parseCronSchedule(text)).toHaveProperty('schedule');
});

test.each([
  ['', 'empty spec string'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@fortnightly', 'unrecognized descriptor: @fortnightly'],
  ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ['TZ=Nowhere/At_All * * * * *', 'provided bad location Nowhere/At_All: unknown time zone Nowhere/At_All'],
  ['TZ=0', 'invalid schedule format: runtime error: slice bounds out of range [:-1]'],
])('%j is none', (text, fault) => { expect(parseCronSchedule(text)).toEqual({ fault }); });

test('fields hold their values; a star with a step is none', () => {
  const parsed = parseCronSchedule('5/20 1-3 */10 FEB,4 *');
  expect(parsed).toEqual({
    schedule: {
      kind: 'calendar', minutes: { values: new Set([5, 25, 45]), star: false }, hours: { values: new Set([1, 2, 3]), star: false }, days: { values: new Set([1, 11, 21, 31]), star: false },
      months: { values: new Set([2, 4]), star: false }, weekdays: { values: new Set([0, 1, 2, 3, 4, 5, 6]), star: true },
    },
  });
});

test('a while is whole seconds, one at least', () => {
  expect([parseCronSchedule('@every 100ms'), parseCronSchedule('@every 1m2.9s')]).toEqual([{ schedule: { kind: 'every', ms: 1000 } }, { schedule: { kind: 'every', ms: 62_000 } }]);
});

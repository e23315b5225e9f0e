import { scheduleFault } from './cron-schedule.ts';

describe('scheduleFault', () => {
  it.each(['* * * * *', '*/5 0-6 1,15 JAN-MAR mon-fri', '0 0 ? * 0', '@daily', '@every 1h30m', 'TZ=Asia/Tokyo 30 4 * * *'])('accepts %s', (schedule) => {
    expect(scheduleFault(schedule)).toBeUndefined();
  });

  it.each([
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['@fortnightly', 'unrecognized descriptor: @fortnightly'],
  ])('refuses %j', (schedule, fault) => expect(scheduleFault(schedule)).toBe(fault));
});

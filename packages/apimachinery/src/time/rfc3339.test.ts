import { formatMicroTime, formatTime, normaliseMicroTime, normaliseTime, timeToMs } from './rfc3339.ts';
import { formatDuration, parseDuration } from './go-duration.ts';

describe('normaliseTime', () => {
  test.each([
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'], ['2024-01-02T03:04:05.999Z', '2024-01-02T03:04:05Z'], ['2024-01-02T03:04:05+02:00', '2024-01-02T01:04:05Z'], ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00Z'],
  ])('%s is %s', (text, expected) => {
    expect(normaliseTime(text)).toBe(expected);
  });

  test.each([
    ['yesterday', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    ['2024-01-02', 'parsing time "2024-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ['2024-13-02T03:04:05Z', 'parsing time "2024-13-02T03:04:05Z": month out of range'],
    ['2024-02-30T03:04:05Z', 'parsing time "2024-02-30T03:04:05Z": day out of range'],
    ['2024-01-02T03:04:05Zx', 'parsing time "2024-01-02T03:04:05Zx": extra text: "x"'],
    ['2024-01-02T03:04:05', 'parsing time "2024-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
  ])('refuses %s', (text, message) => {
    expect(() => normaliseTime(text)).toThrow(message);
  });
});

test('normaliseMicroTime keeps six digits and demands them', () => {
  expect(normaliseMicroTime('2024-01-02T03:04:05.123456+01:00')).toBe('2024-01-02T02:04:05.123456Z');
  expect(() => normaliseMicroTime('2024-01-02T03:04:05Z')).toThrow('parsing time "2024-01-02T03:04:05Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"');
});

test('formatTime, formatMicroTime and timeToMs agree', () => {
  expect([formatTime(1700000000999), formatMicroTime(1700000000123.456), timeToMs('2023-11-14T22:13:20.5Z'), timeToMs('nope')]).toEqual(['2023-11-14T22:13:20Z', '2023-11-14T22:13:20.123456Z', 1700000000500, undefined]);
});

test.each([['1h30m', 5400000, '1h30m0s'], ['500ms', 500, '500ms'], ['1.5s', 1500, '1.5s'], ['0', 0, '0s'], ['-2m', -120000, '-2m0s'], ['1us', 0.001, '1µs']])('parseDuration(%s)', (text, ms, formatted) => {
  expect([parseDuration(text), formatDuration(ms)]).toEqual([ms, formatted]);
});

test.each([['', 'time: invalid duration ""'], ['5', 'time: missing unit in duration "5"'], ['5x', 'time: unknown unit "x" in duration "5x"']])('parseDuration refuses %j', (text, message) => {
  expect(() => parseDuration(text)).toThrow(message);
});

import { logOptions } from './log-options.ts';

describe('logOptions', () => {
  it('forwards what node agents know', () => {
    const { options, errors } = logOptions(new URLSearchParams('container=c&follow=1&previous=false&tailLines=3&sinceTime=2020-01-01T01:00:00%2B01:00&sinceTime=x&pretty=true'));
    expect({ ...options, forwarded: String(options.forwarded), errors }).toEqual({ container: 'c', forwarded: 'follow=true&sinceTime=2020-01-01T00%3A00%3A00Z&tailLines=3', errors: [] });
  });

  it.each([
    ['tailLines=-1', ['tailLines']], ['limitBytes=0&sinceSeconds=0', ['limitBytes', 'sinceSeconds']], ['sinceSeconds=5&sinceTime=2020-01-01T00:00:00Z', ['[]']], ['sinceSeconds=5&sinceTime=', []], ['stream=All', ['stream']],
  ])('%s is wrong in %j', (query, fields) => {
    expect(logOptions(new URLSearchParams(query)).errors.map(({ field }) => field)).toEqual(fields);
  });

  it.each([
    ['tailLines=', 'strconv.ParseInt: parsing "": invalid syntax'], ['limitBytes=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['sinceTime=x', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ])('refuses %s', (query, message) => {
    expect(() => logOptions(new URLSearchParams(query))).toThrow(message);
  });
});

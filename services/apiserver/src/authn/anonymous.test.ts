import { anonymousAccess } from './anonymous.ts';

it('anonymousAccess follows the flag, or the file with its paths', () => {
  const at = (settings: Parameters<typeof anonymousAccess>[0]): boolean[] => { const access = anonymousAccess(settings); return [access.allows('/healthz'), access.allows('/api'), access.everywhere]; };
  expect(at({ flag: undefined, config: undefined, alwaysAllow: false })).toEqual([true, true, true]);
  expect(at({ flag: false, config: undefined, alwaysAllow: false })).toEqual([false, false, false]);
  expect(at({ flag: true, config: undefined, alwaysAllow: true })).toEqual([false, false, false]);
  expect(at({ flag: undefined, config: { enabled: true, conditions: [{ path: '/healthz' }] }, alwaysAllow: false })).toEqual([true, false, false]);
  expect(at({ flag: undefined, config: { enabled: false }, alwaysAllow: false })).toEqual([false, false, false]);
  expect(() => anonymousAccess({ flag: true, config: { enabled: true }, alwaysAllow: false })).toThrow('--anonymous-auth flag cannot be set when anonymous field is configured');
});

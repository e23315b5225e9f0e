import { lifetimeMs, validity } from './validity.ts';

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

test.each([
  ['nothing asked', undefined, YEAR_MS],
  ['less asked', 3600, 60 * MINUTE_MS],
  ['more asked', 2 * YEAR_MS / 1000, YEAR_MS],
  ['very little asked', 60, 10 * MINUTE_MS],
])('lifetimeMs with %s', (_title, seconds, want) => { expect(lifetimeMs(seconds, YEAR_MS)).toBe(want); });

test.each([
  ['long', YEAR_MS, [-5 * MINUTE_MS, YEAR_MS - 5 * MINUTE_MS]],
  ['short', 60 * MINUTE_MS, [-5 * MINUTE_MS, 60 * MINUTE_MS]],
  ['longer than the signer', 3 * YEAR_MS, [-5 * MINUTE_MS, 2 * YEAR_MS]],
])('validity that is %s', (_title, lifetime, [before, after]) => {
  expect(validity({ lifetimeMs: lifetime, nowMs: 0, signerNotAfterMs: 2 * YEAR_MS })).toEqual({ notBeforeMs: before, notAfterMs: after });
});

test('nobody signs after the end of the signer', () => {
  expect(() => validity({ lifetimeMs: 1, nowMs: 5000, signerNotAfterMs: 5000 })).toThrow('refusing to sign a certificate that expired in the past: NotAfter=1970-01-01T00:00:05.000Z');
});

import { formatDelay, RestartBackoff } from './restart-backoff.ts';

test('RestartBackoff: delays double from 10 s to 5 min, counted from each end', () => {
  const backoff = new RestartBackoff();
  const delays: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < 7; i++) {
    const eventMs = nowMs;
    const pending = backoff.pending('k', { eventMs, nowMs });
    delays.push(pending?.delayMs ?? 0);
    nowMs = pending?.untilMs ?? nowMs;
    expect(backoff.pending('k', { eventMs, nowMs })).toBeUndefined();
    backoff.advance('k', { eventMs, nowMs });
  }
  expect(delays).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
});

test('RestartBackoff: ten minutes of running and it is the first time again', () => {
  const backoff = new RestartBackoff();
  backoff.advance('k', { eventMs: 0, nowMs: 0 });
  expect(backoff.pending('k', { eventMs: 600_001, nowMs: 600_001 })).toBeUndefined();
  backoff.advance('k', { eventMs: 600_001, nowMs: 600_001 });
  expect(backoff.pending('k', { eventMs: 600_002, nowMs: 600_002 })?.delayMs).toBe(10_000);
});

test('RestartBackoff: a clock that was set back makes nothing wait for it', () => {
  const backoff = new RestartBackoff();
  backoff.advance('k', { eventMs: 3_600_000, nowMs: 3_600_000 });
  expect([3_600_000, 5000].map((nowMs) => backoff.pending('k', { eventMs: 3_600_000, nowMs })?.delayMs)).toEqual([10_000, undefined]);
});

test.each([[10_000, '10s'], [80_000, '1m20s'], [300_000, '5m0s']])('formatDelay: %d ms is %s', (ms, want) => { expect(formatDelay(ms)).toBe(want); });

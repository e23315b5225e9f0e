import { exponentialBackoff } from './backoff.ts';
import { seededRng, type Rng } from './rng.ts';

const never: Rng = { next: () => 0, bytes: () => new Uint8Array() };

test('exponentialBackoff doubles up to its limit and begins again after reset', () => {
  const backoff = exponentialBackoff({ initialMs: 100, maxMs: 1000, rng: never });
  expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('exponentialBackoff grows by the factor that is asked for', () => {
  const backoff = exponentialBackoff({ initialMs: 10, maxMs: 10_000, factor: 5, rng: never });
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([10, 50, 250]);
});

test('exponentialBackoff adds at most its jitter and never passes its limit', () => {
  const backoff = exponentialBackoff({ initialMs: 100, maxMs: 350, jitter: 0.5, rng: seededRng(7) });
  for (const [least, most] of [[100, 150], [200, 300], [350, 350], [350, 350]] as const) {
    const delayMs = backoff.next();
    expect(delayMs).toBeGreaterThanOrEqual(least);
    expect(delayMs).toBeLessThanOrEqual(most);
  }
});

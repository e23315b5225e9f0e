import { createFakeClock } from '@kubernode/testing';
import { RetryLimiter } from './retry-limiter.ts';

describe('RetryLimiter', () => {
  test('a key waits twice as long after each failure, up to a bound, and from the start once forgotten', () => {
    const limiter = new RetryLimiter(createFakeClock(), { retryDelayMs: 5, retryDelayMaxMs: 30 });
    expect([1, 2, 3, 4, 5].map(() => limiter.when('a'))).toEqual([5, 10, 20, 30, 30]);
    expect([limiter.failures('a'), limiter.when('b')]).toEqual([5, 5]);
    limiter.forget('a');
    expect(limiter.when('a')).toBe(5);
  });

  test('when everything fails, all keys together retry at a bounded rate', async () => {
    const clock = createFakeClock();
    const limiter = new RetryLimiter(clock, { retryDelayMs: 1, retriesPerSecond: 10, retriesBurst: 2 });
    expect(['a', 'b', 'c', 'd'].map((key) => limiter.when(key))).toEqual([1, 1, 100, 200]);
    await clock.advance(1000);
    expect(limiter.when('e')).toBe(1); // eight tokens came, two were promised
  });
});

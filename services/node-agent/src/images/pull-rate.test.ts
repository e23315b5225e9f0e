import { createFakeClock } from '@kubernode/testing';
import { PullRate } from './pull-rate.ts';

test('PullRate: so many at once, then so many a second', async () => {
  const clock = createFakeClock();
  const rate = new PullRate({ perSecond: 2, burst: 3, clock });
  const take = (count: number): number => Array.from({ length: count }, () => rate.take()).filter(Boolean).length;
  expect(take(5)).toBe(3);
  await clock.advance(1000);
  expect(take(5)).toBe(2);
  await clock.advance(60_000);
  expect(take(5)).toBe(3);
});

test('PullRate: 0 per second is no limit', () => {
  const rate = new PullRate({ perSecond: 0, burst: 1, clock: createFakeClock() });
  expect([rate.take(), rate.take(), rate.take()]).toEqual([true, true, true]);
});

import { createFakeClock } from '@kubernode/testing';
import { spread } from './spread.ts';

test.each<[string, { count: number; overMs: number; perSecondMin: number }, readonly number[]]>([
  ['few, evenly over the time', { count: 4, overMs: 1_000, perSecondMin: 0 }, [1, 2, 2, 3, 3, 4, 4, 4]],
  ['many, in steps', { count: 1_000, overMs: 1_000, perSecondMin: 0 }, [140, 260, 380, 520, 640, 760, 880, 1_000]],
  ['as many a second as there must be', { count: 20, overMs: 60_000, perSecondMin: 40 }, [6, 11, 16, 20, 20, 20, 20, 20]],
  ['all at once', { count: 50, overMs: 0, perSecondMin: 0 }, Array(8).fill(50)],
])('%s', async (_, { count, ...options }, after) => {
  const clock = createFakeClock();
  let done = 0;
  const over = spread(Array.from({ length: count }), () => { done++; }, { ...options, clock });
  const seen: number[] = [];
  for (let i = 0; i < after.length; i++) { await clock.advance(125); seen.push(done); }
  await over;
  expect(seen).toEqual(after);
});

import { errorsWithin, longestGap } from './availability.ts';

const tries = { client: 'w', tries: [{ atMs: 100, ok: true }, { atMs: 150, ok: false }, { atMs: 900, ok: true }, { atMs: 950, ok: true }, { atMs: 1500, ok: true }] };

test.each([[0, 2000, 800], [0, 1000, 800], [920, 960, 550], [1500, 1800, 300], [2000, 2400, 400]])('longestGap from %i to %i is %i ms', (from, to, gap) => {
  expect(longestGap(tries, from, to)).toBe(gap);
});

test('errorsWithin counts failures of a span', () => {
  expect([errorsWithin(tries, 0, 1000), errorsWithin(tries, 200, 1000)]).toEqual([1, 0]);
});

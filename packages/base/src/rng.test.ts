import { seededRng, systemRng, type Rng } from './rng.ts';

const draw = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.next());

test('seededRng gives the same numbers for the same seed and others for another', () => {
  expect(draw(seededRng(42), 20)).toEqual(draw(seededRng(42), 20));
  expect(draw(seededRng(42), 20)).not.toEqual(draw(seededRng(43), 20));
  expect(seededRng(1).bytes(32)).toEqual(seededRng(1).bytes(32));
});

test.each([['seededRng', seededRng(5)], ['systemRng', systemRng]])('%s spreads evenly over [0, 1)', (_, rng) => {
  const numbers = draw(rng, 10_000); // also beyond systemRng's pool
  const tenths = Array.from({ length: 10 }, (_each, i) => numbers.filter((one) => Math.floor(one * 10) === i).length);
  expect(numbers.every((one) => one >= 0 && one < 1)).toBe(true);
  expect(Math.min(...tenths)).toBeGreaterThan(800);
  expect(Math.max(...tenths)).toBeLessThan(1200);
});

test('systemRng never gives the same bytes twice', () => {
  expect(new Set(Array.from({ length: 100 }, () => Buffer.from(systemRng.bytes(16)).toString('hex'))).size).toBe(100);
});

import fc from 'fast-check';
import { allocateSeats, type AllocationItem } from './seat-allocation.ts';

const item = (lowerBound: number, target: number, upperBound: number): AllocationItem => ({ lowerBound, target, upperBound });

describe('allocateSeats', () => {
  it.each<[string, number, AllocationItem[], number[]]>([
    ['by targets alone where no bound is met', 12, [item(0, 1, 20), item(0, 2, 20), item(0, 3, 20)], [2, 4, 6]],
    ['lower bounds first', 10, [item(6, 6, 20), item(0, 6, 20), item(0, 0, 20)], [6, 4, 0]],
    ['upper bounds last', 10, [item(0, 5, 3), item(0, 5, 20)], [3, 7]],
    ['all lower bounds where there is no more', 5, [item(2, 9, 9), item(3, 9, 9)], [2, 3]],
    ['all upper bounds where there is enough', 7, [item(0, 0, 3), item(0, 9, 4)], [3, 4]],
  ])('%s', (_, sum, items, want) => {
    const seats = allocateSeats(sum, items)?.seats ?? [];
    seats.forEach((one, index) => expect(one).toBeCloseTo(want[index] ?? NaN, 1));
  });

  it('says when the bounds cannot be met', () => expect([allocateSeats(1, [item(2, 2, 3)]), allocateSeats(4, [item(2, 2, 3)])]).toEqual([undefined, undefined]));

  it('uses up the sum and keeps every item within its bounds or at the common fraction', () => {
    const items = fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)).map(([low, more, evenMore]) => item(low, low + more, low + evenMore)), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(items, fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
      const [low, high] = [given.reduce((sum, { lowerBound }) => sum + lowerBound, 0), given.reduce((sum, { upperBound }) => sum + upperBound, 0)];
      const sum = Math.round(low + (high - low) * part);
      const { seats, fairFraction } = allocateSeats(sum, given) ?? { seats: [], fairFraction: NaN };
      expect(seats.reduce((total, one) => total + one, 0)).toBeCloseTo(sum, 3);
      given.forEach(({ lowerBound, upperBound, target }, index) => expect(seats[index]).toBeCloseTo(Math.min(upperBound, Math.max(lowerBound, fairFraction * Math.max(target, 0.001))), 6));
    }));
  });
});

import { Lanes } from './lanes.ts';

function take(lanes: Lanes, count: number): (string | undefined)[] { return Array.from({ length: count }, () => lanes.shift()); }

describe('Lanes', () => {
  test('what is normal overtakes what is low, which still gets its share', () => {
    const lanes = new Lanes();
    for (const key of ['x', 'y']) lanes.push(key, 'low');
    for (let i = 0; i < 9; i++) lanes.push(`n${i}`, 'normal');
    expect(take(lanes, 12)).toEqual(['n0', 'n1', 'n2', 'n3', 'x', 'n4', 'n5', 'n6', 'n7', 'y', 'n8', undefined]);
  });

  test('a raised key is given once, with the normal ones', () => {
    const lanes = new Lanes();
    for (const key of ['x', 'y', 'z']) lanes.push(key, 'low');
    lanes.push('n', 'normal');
    lanes.raise('y');
    expect([lanes.length, take(lanes, 5)]).toEqual([4, ['n', 'y', 'x', 'z', undefined]]);
  });
});

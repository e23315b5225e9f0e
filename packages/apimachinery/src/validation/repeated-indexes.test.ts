import { repeatedIndexes } from './repeated-indexes.ts';

test('repeatedIndexes names every item but the first of each key', () => {
  expect([...repeatedIndexes(['a', 'b', 'a', '', 'a', ''])]).toEqual([2, 4, 5]);
  expect(repeatedIndexes([]).size).toBe(0);
});

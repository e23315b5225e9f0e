import { groupBy } from './group-by.ts';

test('groupBy keeps items and keys in the order in which they come', () => {
  expect([...groupBy(['bee', 'ant', 'bear', 'ape'], (word) => word[0])]).toEqual([['b', ['bee', 'bear']], ['a', ['ant', 'ape']]]);
  expect(groupBy([], () => 1).size).toBe(0);
});

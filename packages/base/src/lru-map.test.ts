import { LruMap } from './lru-map.ts';

test('LruMap keeps what was used last', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1); // so b was used the longest time ago
  map.set('c', 3);
  expect(map.entries()).toEqual([['a', 1], ['c', 3]]);
});

test('LruMap takes a new value for a key it has, and forgets what is deleted', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.delete('b');
  expect([map.entries(), map.get('b')]).toEqual([[['a', 3]], undefined]);
});

test('LruMap lets go of the oldest, up to the first that is not over', () => {
  const map = new LruMap<string, number>(4);
  for (const [key, value] of [['a', 1], ['b', 9], ['c', 1]] as const) map.set(key, value);
  map.forgetOldest((value) => value < 5);
  expect(map.entries()).toEqual([['b', 9], ['c', 1]]);
});

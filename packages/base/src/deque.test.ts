import { Deque } from './deque.ts';
import { seededRng } from './rng.ts';

test('Deque is first in, first out, and empty at both ends of its life', () => {
  const deque = new Deque<string>();
  expect([deque.shift(), deque.peek(), deque.length]).toEqual([undefined, undefined, 0]);
  deque.push('a');
  deque.push('b');
  expect([deque.peek(), deque.shift(), deque.shift(), deque.shift(), deque.length]).toEqual(['a', 'a', 'b', undefined, 0]);
});

test('Deque.clear leaves nothing behind', () => {
  const deque = new Deque<number>();
  for (let i = 0; i < 40; i++) deque.push(i);
  deque.clear();
  deque.push(7);
  expect([[...deque], deque.length]).toEqual([[7], 1]);
});

test.each([1, 2, 3])('Deque agrees with an array over thousands of random steps (seed %i)', (seed) => {
  const rng = seededRng(seed);
  const [deque, twin] = [new Deque<number>(), [] as number[]];
  for (let step = 0; step < 5000; step++) {
    const growing = Math.floor(step / 500) % 2 === 0; // long phases either way, so that the ring wraps and doubles
    if (rng.next() < (growing ? 0.7 : 0.3)) { deque.push(step); twin.push(step); } else if (deque.shift() !== twin.shift()) throw new Error(`step ${step}: another item`);
    if (deque.length !== twin.length || deque.peek() !== twin[0]) throw new Error(`step ${step}: another state`);
  }
  expect([...deque]).toEqual(twin);
});

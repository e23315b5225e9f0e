import { createFakeClock } from '@kubernode/testing';
import { ExpiringCache } from './expiring-cache.ts';

it('ExpiringCache keeps values for their time, the ones in use before the others', async () => {
  const clock = createFakeClock();
  const cache = new ExpiringCache<number>({ clock, entriesMax: 2 });
  cache.set('a', 1, 100);
  cache.set('b', 2, 10);
  cache.set('never', 0, 0);
  expect([cache.get('a'), cache.get('never')]).toEqual([1, undefined]);
  cache.set('c', 3, 100); // pushes out b, which nobody asked for
  expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
  await clock.advance(100);
  expect([cache.get('a'), cache.get('c'), cache.size]).toEqual([undefined, undefined, 0]);
});

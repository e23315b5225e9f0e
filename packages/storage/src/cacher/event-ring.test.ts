import type { StoredObject, WatchEvent } from '../store/object-store.ts';
import { EventRing, type RingBounds } from './event-ring.ts';

const BOUNDS: RingBounds = { countMax: 1000, bytesMax: 1e6, ageMsMax: 75_000, countMin: 3 };
const event = (revision: number, bytes = 10): WatchEvent => ({ type: 'ADDED', revision, object: { bytes: Buffer.alloc(bytes) } as unknown as StoredObject }); // all that a ring looks at

/** Revisions that are kept after pushing one event at each time. */
function kept(bounds: Partial<RingBounds>, times: readonly number[], bytes?: number): readonly number[] {
  const ring = new EventRing({ ...BOUNDS, ...bounds }, 0);
  times.forEach((nowMs, i) => ring.push(event(i + 1, bytes), nowMs));
  expect(ring.floor).toBe(ring.first);
  return Array.from({ length: ring.end - ring.first }, (_, i) => ring.at(ring.first + i).revision);
}

test.each<[string, Partial<RingBounds>, readonly number[], number | undefined, readonly number[]]>([
  ['what is young enough', {}, [0, 1, 2, 3, 75_000], undefined, [1, 2, 3, 4, 5]],
  ['not what is older', {}, [0, 1, 2, 3, 75_002], undefined, [3, 4, 5]],
  ['a few, however old', {}, [0, 1, 2, 3, 900_000], undefined, [3, 4, 5]],
  ['no more than so many', { countMax: 2 }, [0, 0, 0, 0], undefined, [3, 4]],
  ['no more bytes than so many', { bytesMax: 25 }, [0, 0, 0, 0], 10, [3, 4]],
  ['the last, however large', { bytesMax: 25 }, [0, 0], 100, [2]],
])('EventRing keeps %s', (_, bounds, times, bytes, revisions) => { expect(kept(bounds, times, bytes)).toEqual(revisions); });

test('EventRing gives back the places of what it dropped and goes on counting', () => {
  const times = Array.from({ length: 5000 }, (_, i) => i * 1000);
  expect(kept({}, times)).toEqual(Array.from({ length: 76 }, (_, i) => 4925 + i));
});

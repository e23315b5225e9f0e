import { excessOf, type ImagePolicy, type ImageRecord, selectToFree, showBytes, tooOld, trackImages, unusedImages } from './select-images.ts';

const POLICY: ImagePolicy = { highPercent: 85, lowPercent: 80, minAgeMs: 120, maxAgeMs: 0 };
const image = (id: string, extra: Partial<ImageRecord> = {}): ImageRecord => ({ id, sizeBytes: 10, pinned: false, firstSeenMs: 0, lastUsedMs: 0, ...extra });
const records = (...images: ImageRecord[]): Map<string, ImageRecord> => new Map(images.map((one) => [one.id, one]));
const ids = (images: readonly ImageRecord[]): string[] => images.map(({ id }) => id);

test('trackImages: new images are seen now, used ones used now, gone ones forgotten', () => {
  const before = records(image('old', { firstSeenMs: 1, lastUsedMs: 2 }), image('gone'));
  expect([...trackImages(before, { images: [{ id: 'old', sizeBytes: 5, pinned: false }, { id: 'new', sizeBytes: 6, pinned: true }], inUse: new Set(['new']), nowMs: 9 }).values()]).toEqual([
    { id: 'old', sizeBytes: 5, pinned: false, firstSeenMs: 1, lastUsedMs: 2 }, { id: 'new', sizeBytes: 6, pinned: true, firstSeenMs: 9, lastUsedMs: 9 },
  ]);
});

test('unusedImages: neither used nor pinned ones; the longest unused first, then the first seen', () => {
  const all = records(image('late', { lastUsedMs: 5 }), image('b', { firstSeenMs: 2 }), image('a', { firstSeenMs: 1 }), image('used'), image('pinned', { pinned: true }));
  expect(ids(unusedImages(all, new Set(['used'])))).toEqual(['a', 'b', 'late']);
});

test.each([
  ['as many as needed', 15, ['a', 'b']], ['all that may go', Infinity, ['a', 'b', 'c']], ['none', 0, []],
])('selectToFree: %s', (_what, bytes, want) => { expect(ids(selectToFree([image('a'), image('b'), image('c')], { bytes, policy: POLICY, nowMs: 1000 }))).toEqual(want); });

test('selectToFree: young images stay, and those used this very moment', () => {
  expect(ids(selectToFree([image('young', { firstSeenMs: 900 }), image('now', { lastUsedMs: 1000 }), image('old')], { bytes: 10, policy: POLICY, nowMs: 1000 }))).toEqual(['old']);
});

test('tooOld: by last use, and not before the node agent has run as long', () => {
  const candidates = [image('a', { lastUsedMs: 100 }), image('b', { lastUsedMs: 950 })];
  const of = (startedMs: number, maxAgeMs: number): string[] => ids(tooOld(candidates, { policy: { ...POLICY, maxAgeMs }, nowMs: 1000, startedMs }));
  expect([of(0, 500), of(600, 500), of(0, 0)]).toEqual([['a'], [], []]);
});

test.each([
  [{ capacity: 1000, available: 200 }, { usagePercent: 80, bytesToFree: 0 }], [{ capacity: 1000, available: 100 }, { usagePercent: 90, bytesToFree: 100 }], [{ capacity: 1000, available: 2000 }, { usagePercent: 0, bytesToFree: 0 }],
])('excessOf: %j', (disk, want) => { expect(excessOf(disk, POLICY)).toEqual(want); });

test.each([[100, '100 B'], [1536, '1.5 KiB'], [5 * 2 ** 30, '5.0 GiB'], [3 * 2 ** 50, '3072.0 TiB']])('showBytes: %d', (bytes, want) => { expect(showBytes(bytes)).toBe(want); });

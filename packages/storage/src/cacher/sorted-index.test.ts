import fc from 'fast-check';
import { SortedIndex } from './sorted-index.ts';

interface Item { key: string; n: number }

describe('SortedIndex', () => {
  test('does what a sorted map does, and its snapshots stay as they were', () => {
    fc.assert(fc.property(fc.array(fc.record({ remove: fc.boolean(), n: fc.nat(3_000) }), { minLength: 1_500, maxLength: 3_000 }), (steps) => {
      const index = new SortedIndex<Item>();
      const twin = new Map<string, Item>();
      const snapshots: [ReturnType<typeof index.snapshot>, Item[]][] = [];
      const sorted = (): Item[] => [...twin.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      for (const [at, { remove, n }] of steps.entries()) {
        const key = `k${n}`;
        if (remove && at % 3 === 0) { expect(index.delete(key)).toBe(twin.get(key)); twin.delete(key); } else { const item = { key, n: at }; expect(index.set(item)).toBe(twin.get(key)); twin.set(key, item); }
        if (at % 700 === 0) snapshots.push([index.snapshot(), sorted()]);
      }
      expect(index.size).toBe(twin.size);
      expect([...index.snapshot().from('')]).toEqual(sorted());
      expect([...index.snapshot().from('k2')]).toEqual(sorted().filter(({ key }) => key >= 'k2'));
      expect(index.snapshot().count('k15', 'k27')).toBe(sorted().filter(({ key }) => key >= 'k15' && key < 'k27').length);
      expect(index.snapshot().slice('', '\uffff', 0)).toEqual(sorted());
      for (const limit of [0, 1, 300, 600]) expect(index.snapshot().slice('k15', 'k27', limit)).toEqual(sorted().filter(({ key }) => key >= 'k15' && key < 'k27').slice(0, limit === 0 ? undefined : limit));
      for (const [snapshot, items] of snapshots) expect([...snapshot.from('')]).toEqual(items);
    }), { numRuns: 4 });
  });

  test('an empty one has nothing', () => {
    const index = new SortedIndex<Item>();
    expect([index.get('a'), index.delete('a'), index.snapshot().count('', '\uffff'), [...index.snapshot().from('')], index.snapshot().slice('', 'x', 0)]).toEqual([undefined, undefined, 0, [], []]);
  });
});

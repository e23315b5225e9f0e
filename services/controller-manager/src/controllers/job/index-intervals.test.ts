import fc from 'fast-check';
import { countInBoth, countOf, firstMissing, formatIntervals, includesIndex, parseIntervals, union, withIndexes } from './index-intervals.ts';

test.each<[string, number, string]>([
  ['', 5, ''], ['0', 1, '0'], ['0', 0, ''], ['1-4', 3, '1,2'], ['0,1', 5, '0,1'], ['0,1,2', 5, '0-2'], ['1,3-5,7', 10, '1,3-5,7'],
  ['0,two,3', 5, '0,3'], ['0-x,3', 5, '3'], ['2-9,12', 6, '2-5'], ['0-1,2-3', 10, '0-3'],
])('%j below %d reads as %j', (text, end, want) => { expect(formatIntervals(parseIntervals(text, end))).toBe(want); });

const END = 40;
const indexSet = fc.uniqueArray(fc.nat(END - 1)).map((list) => [...list].sort((a, b) => a - b));

test('intervals are sets of indexes', () => {
  fc.assert(fc.property(indexSet, indexSet, fc.nat(END), (a, b, max) => {
    const [one, other] = [withIndexes([], a), withIndexes([], b)];
    const all = [...new Set([...a, ...b])].sort((x, y) => x - y);
    const naive = Array.from({ length: END }, (_none, index) => index);
    expect({
      union: naive.filter((index) => includesIndex(union(one, other), index)), count: countOf(one), inBoth: countInBoth(one, other),
      missing: firstMissing(one, { end: END, max }), again: parseIntervals(formatIntervals(one), END),
    }).toEqual({ union: all, count: a.length, inBoth: a.filter((index) => b.includes(index)).length, missing: naive.filter((index) => !a.includes(index)).slice(0, max), again: one });
  }));
});

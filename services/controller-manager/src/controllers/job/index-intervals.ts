/** Indexes in a row, both ends included. */
export interface Interval { readonly first: number; readonly last: number }

/**
 * A set of completion indexes as ascending intervals that neither touch nor overlap: `0,2-4` stays two intervals, however many indexes
 * a job has.
 */
export type Intervals = readonly Interval[];

const NUMBER = /^[+-]?\d+$/;

/** Reads a text such as `0,2-4`. What is no interval is left out, and so are indexes from `end` on. */
export function parseIntervals(text: string | undefined, end: number): Intervals {
  const found: Interval[] = [];
  for (const part of text === undefined || text === '' ? [] : text.split(',')) {
    const [first = '', last = first] = part.split('-');
    if (!NUMBER.test(first)) continue;
    if (Number(first) >= end) break;
    if (!NUMBER.test(last)) continue;
    found.push({ first: Number(first), last: Math.min(Number(last), end - 1) });
  }
  return joined(found);
}

/** As Kubernetes writes them: two in a row with a comma, more with a dash: `0,2-4,6,7`. */
export function formatIntervals(intervals: Intervals): string {
  return intervals.map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`)).join(',');
}

export function countOf(intervals: Intervals): number { return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0); }

export function includesIndex(intervals: Intervals, index: number): boolean {
  let [low, high] = [0, intervals.length];
  while (low < high) { // everything before `low` ends before the index, everything from `high` on does not
    const middle = (low + high) >>> 1;
    if ((intervals[middle]?.last ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  const found = intervals[low];
  return found !== undefined && found.first <= index;
}

export function withIndexes(intervals: Intervals, indexes: Iterable<number>): Intervals {
  return union(intervals, [...indexes].map((index) => ({ first: index, last: index })));
}

export function union(a: Intervals, b: Intervals): Intervals {
  return joined([...a, ...b].sort((one, other) => one.first - other.first));
}

/** How many indexes are in both. */
export function countInBoth(a: Intervals, b: Intervals): number {
  let count = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [one, other] = [a[i] as Interval, b[j] as Interval]; // within bounds
    count += Math.max(0, Math.min(one.last, other.last) - Math.max(one.first, other.first) + 1);
    if (one.last <= other.last) i++;
    if (other.last <= one.last) j++;
  }
  return count;
}

/** The lowest indexes below `end` that are not in `intervals`, `max` at most. */
export function firstMissing(intervals: Intervals, { end, max }: { end: number; max: number }): number[] {
  const missing: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...intervals, { first: end, last: end }]) {
    for (; candidate < Math.min(first, end) && missing.length < max; candidate++) missing.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return missing;
}

/** Joins what touches or overlaps; the input ascends by `first`. */
function joined(ascending: Iterable<Interval>): Intervals {
  const result: Interval[] = [];
  for (const { first, last } of ascending) {
    const previous = result.at(-1);
    if (previous === undefined || first > previous.last + 1) result.push({ first, last });
    else if (last > previous.last) result[result.length - 1] = { first: previous.first, last };
  }
  return result;
}

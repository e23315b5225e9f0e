/** How many indexes a text like `0,2-5` names, or what is wrong with it. */
export function parseIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let previous: number | undefined;
  let total = 0;
  for (const range of text.split(',')) {
    const limits = range.split('-');
    if (limits.length > 2) return `the fragment ${JSON.stringify(range)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    for (const limit of limits) if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    const [first = 0, last = first] = limits.map(Number);
    for (const [index, limit] of limits.entries()) if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limits[index])}`;
    if (previous !== undefined && previous >= first) return `non-increasing order, previous: ${previous}, current: ${first}`;
    if (limits.length === 2 && first >= last) return `non-increasing order, previous: ${first}, current: ${last}`;
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index that both texts name; what cannot be read names none. */
export function firstOverlap(completed: string, failed: string, completions: number): number | undefined {
  const [a, b] = [readable(completed, completions), readable(failed, completions)];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [one, other] = [a[i] as Range, b[j] as Range]; // within bounds
    if (one.first <= other.last && other.first <= one.last) return Math.max(one.first, other.first);
    if (one.first <= other.first) i++;
    else j++;
  }
  return undefined;
}

interface Range { first: number; last: number }

function readable(text: string, completions: number): readonly Range[] {
  return text.split(',').filter((range) => range !== '' && typeof parseIndexes(range, completions) === 'number').map((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return { first, last };
  });
}

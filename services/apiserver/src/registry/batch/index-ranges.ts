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

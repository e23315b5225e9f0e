/** Where items stand that stood before, by their keys. Linear: lists from requests may have a hundred thousand items. */
export function repeatedIndexes(keys: readonly string[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const repeated = new Set<number>();
  keys.forEach((key, index) => {
    if (seen.has(key)) repeated.add(index);
    seen.add(key);
  });
  return repeated;
}

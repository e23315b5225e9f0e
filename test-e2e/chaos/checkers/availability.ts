/** Tries of one client: when each ended (ms) and whether it had what it wanted. */
export interface Tries { readonly client: string; readonly tries: readonly { readonly atMs: number; readonly ok: boolean }[] }

/** The longest time in a span that this client went without a success; the span's own ends count as such. */
export function longestGap({ tries }: Tries, fromMs: number, toMs: number): number {
  let [last, longest] = [fromMs, 0];
  for (const { atMs, ok } of tries) {
    if (!ok || atMs <= fromMs) continue;
    if (atMs > toMs) { // the success after the span ends a gap that began in it
      longest = Math.max(longest, atMs - last);
      return longest;
    }
    longest = Math.max(longest, atMs - last);
    last = atMs;
  }
  return Math.max(longest, toMs - last);
}

export function errorsWithin({ tries }: Tries, fromMs: number, toMs: number): number {
  return tries.filter(({ atMs, ok }) => !ok && atMs > fromMs && atMs <= toMs).length;
}

export interface AllocationItem {
  /** What the level would like; at least `lowerBound`. */
  target: number;
  lowerBound: number;
  upperBound: number;
}

/** A level that wants nothing still has a little weight, so that seats that nobody wants find an owner. */
const TARGET_MIN = 0.001;
const EPSILON = 1e-7;

/**
 * Divides `sum` seats: every item gets its target times one common fraction, held within its bounds; the fraction is the one that uses up
 * the sum. Undefined where no fraction can. Pure.
 */
export function allocateSeats(sum: number, items: readonly AllocationItem[]): { seats: number[]; fairFraction: number } | undefined {
  const low = items.reduce((total, { lowerBound }) => total + lowerBound, 0);
  const high = items.reduce((total, { upperBound }) => total + upperBound, 0);
  if (low - sum > EPSILON || sum - high > EPSILON) return undefined;
  const fairFraction = sum === 0 ? 0 : fractionFor(sum, items);
  return { seats: items.map((item) => seatsAt(item, fairFraction)), fairFraction };
}

/** The allocated total grows with the fraction, linearly between neighbouring bounds: look for the piece that holds the sum. */
function fractionFor(sum: number, items: readonly AllocationItem[]): number {
  const bends = items.flatMap((item) => [item.lowerBound / weight(item), item.upperBound / weight(item)]).sort((a, b) => a - b);
  let from = bends[0] ?? 0;
  for (const to of bends) {
    const [totalFrom, totalTo] = [totalAt(items, from), totalAt(items, to)];
    if (totalTo >= sum - EPSILON) return totalTo === totalFrom ? to : from + (to - from) * Math.min(1, (sum - totalFrom) / (totalTo - totalFrom));
    from = to;
  }
  return from;
}

function totalAt(items: readonly AllocationItem[], fraction: number): number {
  return items.reduce((total, item) => total + seatsAt(item, fraction), 0);
}

function seatsAt(item: AllocationItem, fraction: number): number {
  return Math.max(item.lowerBound, Math.min(item.upperBound, fraction * weight(item)));
}

function weight({ target }: AllocationItem): number {
  return Math.max(target, TARGET_MIN);
}

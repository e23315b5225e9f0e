import { milliOf, parseQuantity, unitsOf } from './quantity.ts';

const MULTIPLIERS: Readonly<Record<string, number>> = {
  '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50,
};

/**
 * Whole units of a quantity's text, rounded away from zero: bytes, devices, pods. Exact up to 2^53.
 * Plain integers with a common suffix never touch bigint arithmetic: schedulers call this for each container.
 * @throws StatusError 400
 */
export function quantityValue(text: string): number {
  const end = leadingDigits(text);
  const multiplier = MULTIPLIERS[text.slice(end)];
  if (end > 0 && multiplier !== undefined) {
    const value = Number(text.slice(0, end)) * multiplier;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
  }
  return Number(unitsOf(parseQuantity(text)));
}

/** Thousandths of a quantity's text, rounded away from zero: how CPU is counted. @throws StatusError 400 */
export function quantityMilliValue(text: string): number {
  const end = leadingDigits(text);
  if (end > 0) {
    if (end === text.length - 1 && text.charCodeAt(end) === 0x6d) return Number(text.slice(0, end)); // 500m
    const multiplier = MULTIPLIERS[text.slice(end)];
    const value = multiplier === undefined ? Infinity : Number(text.slice(0, end)) * multiplier * 1000;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
  }
  return Number(milliOf(parseQuantity(text)));
}

/** A quantity as a floating-point number, for shares and ratios. @throws StatusError 400 */
export function quantityToNumber(text: string): number {
  const end = leadingDigits(text);
  const multiplier = end > 0 ? MULTIPLIERS[text.slice(end)] : undefined;
  if (multiplier !== undefined) return Number(text.slice(0, end)) * multiplier;
  const { nanos } = parseQuantity(text);
  return nanos % 1_000_000_000n === 0n ? Number(nanos / 1_000_000_000n) : Number(nanos) / 1e9;
}

/** How many decimal digits the text begins with, at most 15: more may not be exact. */
function leadingDigits(text: string): number {
  let end = 0;
  while (end < 16 && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++;
  return end > 15 ? 0 : end;
}

import { parseInteger } from '../template/literals.ts';
import { Int, type Value } from '../values/value.ts';

/** A value as sprig's `int64` takes it; 0 for what is no number. */
export function toInt64(value: Value): bigint {
  if (value instanceof Int) return BigInt.asIntN(64, value.value);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
  if (typeof value !== 'string') return 0n;
  const int = parseInteger(value.replace(/\.0+$/, ''));
  return int === undefined || int !== BigInt.asIntN(64, int) ? 0n : int;
}

/** A value as sprig's `float64` takes it. */
export function toFloat64(value: Value): number {
  if (value instanceof Int) return Number(value.value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(value) ? Number(value) : 0;
}

/** An exact decimal number: digits × 10^-scale. */
export interface Decimal { digits: bigint; scale: number }

export function decimalOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return normal({ digits: BigInt(whole + fraction), scale: fraction.length - Number(exponent) });
}

function normal({ digits, scale }: Decimal): Decimal {
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function decimalNumber({ digits, scale }: Decimal): number { return Number(`${digits}e-${scale}`); }

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale), scale };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal { return { digits: a.digits * b.digits, scale: a.scale + b.scale }; }

/** Digits behind the point of a quotient. */
const QUOTIENT_SCALE = 16;

/** Rounded half away from zero; undefined: division by zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.digits === 0n) return undefined;
  const numerator = a.digits * 10n ** BigInt(QUOTIENT_SCALE + b.scale) * 2n;
  const denominator = b.digits * 10n ** BigInt(a.scale);
  const doubled = numerator / denominator;
  const rounded = (doubled + (doubled < 0n ? -1n : 1n)) / 2n;
  return { digits: rounded, scale: QUOTIENT_SCALE };
}

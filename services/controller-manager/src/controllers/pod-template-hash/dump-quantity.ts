import { normaliseQuantity } from '@kubernode/apimachinery';

/** How many decimal digits Kubernetes trusts to fit into an int64, and how many of its binary ones. */
const INT64_DIGITS = 18;
const BINARY_DIGITS = 15;
const NO_DECIMAL = '{Dec:(*inf.Dec)<nil>}';

type Format = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
interface Parts { negative: boolean; whole: string; fraction: string; exponent: number; format: Format }

const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_EXPONENTS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** A quantity as spew prints the Go value that its canonical text decodes to: an int64 with a scale, or a big decimal where that is too small. */
export function dumpQuantity(given: string | undefined): string {
  if (given === undefined) return dump({ value: 0n, scale: 0, text: '', format: '' });
  const text = normaliseQuantity(given);
  const parts = split(text);
  const { whole, fraction, format, negative } = parts;
  if (/^0*$/.test(whole + fraction)) return dump({ value: 0n, scale: 0, text, format: 'DecimalSI' });
  const fast = asInt64(parts);
  if (fast === undefined) return dump({ value: 0n, scale: 0, text: '', format, decimal: asDecimal(parts) });
  return dump({ value: negative ? -fast.value : fast.value, scale: fast.scale, text: fast.canonical ? text : '', format });
}

function dump({ value, scale, text, format, decimal = NO_DECIMAL }: { value: bigint; scale: number; text: string; format: string; decimal?: string }): string {
  return `{i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}} d:(resource.infDecAmount)${decimal} s:(string)${text} Format:(resource.Format)${format}}`;
}

function split(text: string): Parts {
  const [, sign = '', whole = '', fraction = '', suffix = ''] = /^([+-]?)0*(\d*)(?:\.(\d*))?(.*)$/.exec(text) ?? [];
  const binary = BINARY_EXPONENTS[suffix];
  if (binary !== undefined) return { negative: sign === '-', whole: whole || '0', fraction, exponent: binary, format: 'BinarySI' };
  const decimal = DECIMAL_EXPONENTS[suffix];
  return { negative: sign === '-', whole: whole || '0', fraction, exponent: decimal ?? Number(suffix.slice(1)), format: decimal === undefined ? 'DecimalExponent' : 'DecimalSI' };
}

/** As Kubernetes' fast path: undefined where it falls back to a big decimal. */
function asInt64({ whole, fraction, exponent, format }: Parts): { value: bigint; scale: number; canonical: boolean } | undefined {
  const digits = whole + fraction;
  if (format === 'BinarySI') {
    const precision = fraction === '' ? BINARY_DIGITS - whole.length - Math.trunc((exponent * 3) / 10) - 1 : -1;
    if (precision < 0) return undefined;
    return { value: BigInt(whole) << BigInt(exponent), scale: 0, canonical: exponent % 10 === 0 && (BigInt(whole) & 7n) !== 0n };
  }
  const scale = exponent - fraction.length;
  if (digits.length > INT64_DIGITS || scale < -9) return undefined;
  return { value: BigInt(digits), scale, canonical: scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0') };
}

/** Digits behind the point of every big decimal. */
const DECIMAL_SCALE = 9;

/** A big decimal, which Kubernetes always brings to billionths. */
function asDecimal({ negative, whole, fraction, exponent, format }: Parts): string {
  const digits = BigInt(whole + fraction) * (format === 'BinarySI' ? 2n ** BigInt(exponent) : 1n);
  const shift = DECIMAL_SCALE - fraction.length + (format === 'BinarySI' ? 0 : exponent);
  let unscaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  const words: bigint[] = [];
  for (; unscaled > 0n; unscaled >>= 64n) words.push(unscaled & (2n ** 64n - 1n));
  return `{Dec:(*inf.Dec){unscaled:(big.Int){neg:(bool)${negative} abs:(big.nat)[${words.join(' ')}]} scale:(inf.Scale)${DECIMAL_SCALE}}}`;
}

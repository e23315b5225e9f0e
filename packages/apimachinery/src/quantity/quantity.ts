import { badRequest } from '../errors/status-error.ts';

/** How a quantity is written: `1500m`, `1536Ki`, `15e2`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/**
 * An exact amount. One billionth is the smallest step, so every quantity is a whole number of them; finer ones are rounded
 * away from zero, as in Kubernetes.
 */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const NANOS_PER_UNIT = 10n ** 9n;
const MAX_BINARY_NANOS = (2n ** 63n - 1n) * NANOS_PER_UNIT;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_EXPONENTS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_SUFFIXES: Readonly<Record<number, string>> = Object.fromEntries(Object.entries(DECIMAL_EXPONENTS).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIXES: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Longer texts and larger exponents are refused: they mean nothing and would cost the server. */
const MAX_LENGTH = 400;
const MAX_EXPONENT = 400;

/** A cluster writes the same few amounts over and over: what they mean is remembered, up to so many. */
const REMEMBERED_MAX = 1024;
const REMEMBERED_LENGTH_MAX = 24;
const parsed = new Map<string, Quantity>();
const normalised = new Map<string, string>();

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

export const quantityShapeFault = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_FAULT = "unable to parse quantity's suffix";

interface Parts { negative: boolean; whole: string; fraction: string; exponent: number; base: 2 | 10; format: QuantityFormat }

/**
 * Reads `0.5`, `500m`, `1Gi`, `1e3`.
 * @throws StatusError 400 with Kubernetes' message.
 */
export function parseQuantity(text: string): Quantity {
  let quantity = parsed.get(text);
  if (quantity === undefined) {
    quantity = toQuantity(splitQuantity(text));
    remember(parsed, text, quantity);
  }
  return quantity;
}

function remember<T>(memory: Map<string, T>, text: string, value: T): void {
  if (memory.size >= REMEMBERED_MAX) memory.clear();
  if (text.length <= REMEMBERED_LENGTH_MAX) memory.set(text, value);
}

/** What is wrong with the text of a quantity; undefined when nothing is. */
export function quantityFault(text: string): string | undefined {
  if (normalised.has(text)) return undefined; // it was read before
  const parts = trySplit(text);
  return typeof parts === 'string' ? parts : undefined;
}

function splitQuantity(text: string): Parts {
  const parts = trySplit(text);
  if (typeof parts === 'string') throw badRequest(parts);
  return parts;
}

function trySplit(text: string): Parts | string {
  const match = text === '' || text.length > MAX_LENGTH ? null : SHAPE.exec(text);
  if (match === null) return quantityShapeFault;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const common = { negative: sign === '-', whole, fraction };
  const decimal = DECIMAL_EXPONENTS[suffix];
  if (decimal !== undefined) return { ...common, exponent: decimal, base: 10, format: 'DecimalSI' };
  const binary = BINARY_EXPONENTS[suffix];
  if (binary !== undefined) return { ...common, exponent: binary, base: 2, format: 'BinarySI' };
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) return SUFFIX_FAULT;
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) > MAX_EXPONENT ? SUFFIX_FAULT : { ...common, exponent, base: 10, format: 'DecimalExponent' };
}

function toQuantity({ negative, whole, fraction, exponent, base, format }: Parts): Quantity {
  const digits = BigInt(`0${whole}${fraction}`);
  const tenths = 9 - fraction.length + (base === 10 ? exponent : 0);
  let nanos = base === 2 ? digits << BigInt(exponent) : digits;
  nanos = tenths >= 0 ? nanos * 10n ** BigInt(tenths) : divideUp(nanos, 10n ** BigInt(-tenths));
  if (base === 2 && nanos > MAX_BINARY_NANOS) nanos = MAX_BINARY_NANOS;
  const fractional = base === 2 && nanos > 0n && nanos < NANOS_PER_UNIT;
  return { nanos: negative ? -nanos : nanos, format: fractional ? 'DecimalSI' : format };
}

/** Away from zero, for a positive divisor. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value > 0n ? quotient + 1n : quotient - 1n;
}

/** The canonical text: no fraction, and the largest suffix that leaves none. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const units = nanos / NANOS_PER_UNIT;
  const asBinary = format === 'BinarySI' && nanos % NANOS_PER_UNIT === 0n && (units >= 1024n || units <= -1024n);
  return asBinary ? formatBinary(units) : formatDecimal(nanos, format === 'DecimalExponent');
}

function formatBinary(units: bigint): string {
  let power = 0;
  let rest = units;
  while (power < 6 && rest % 1024n === 0n) { rest /= 1024n; power++; }
  return `${rest}${BINARY_SUFFIXES[power] ?? ''}`;
}

function formatDecimal(nanos: bigint, withExponent: boolean): string {
  let exponent = -9;
  let rest = nanos;
  while ((withExponent || exponent < 18) && rest % 1000n === 0n) { rest /= 1000n; exponent += 3; }
  if (!withExponent) return `${rest}${DECIMAL_SUFFIXES[exponent] ?? ''}`;
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}

/**
 * The text that the API gives back for one it was given: what is canonical enough stays as it was sent (`1500m`, also
 * `1.500`), all else becomes canonical (`0.5` → `500m`, `1000m` → `1`).
 * @throws StatusError 400
 */
export function normaliseQuantity(text: string): string {
  let canonical = normalised.get(text);
  if (canonical === undefined) {
    const parts = splitQuantity(text);
    canonical = keepsItsText(parts) ? text : formatQuantity(toQuantity(parts));
    remember(normalised, text, canonical);
  }
  return canonical;
}

/** Kubernetes keeps the text of what it parses by its int64 path and finds canonical by a rough test; this is that test. */
function keepsItsText({ whole, fraction, exponent, base }: Parts): boolean {
  const numerator = whole.replace(/^0+/, '') || '0';
  const shifted = numerator + fraction;
  if (base === 2) {
    const precise = 15 - numerator.length - Math.trunc(Math.fround(exponent) * 3 / 10) - 1 >= 0;
    return precise && fraction === '' && (Number(shifted) & 7) !== 0;
  }
  const scale = exponent - fraction.length;
  return shifted.length <= 18 && scale >= -9 && scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
}

export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum, written like the first unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, written like the first unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

export const zeroQuantity: Quantity = Object.freeze({ nanos: 0n, format: 'DecimalSI' });

export function quantityFromNumber(value: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: Number.isSafeInteger(value) ? BigInt(value) * NANOS_PER_UNIT : BigInt(Math.round(value * 1e9)), format };
}

export function quantityFromMilli(milli: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: BigInt(milli) * 10n ** 6n, format };
}

/** Whole units, rounded away from zero. */
export function unitsOf({ nanos }: Quantity): bigint {
  return divideUp(nanos, NANOS_PER_UNIT);
}

/** Whole thousandths, rounded away from zero. */
export function milliOf({ nanos }: Quantity): bigint {
  return divideUp(nanos, 10n ** 6n);
}

/** %e with a precision, as Go's strconv writes it. */
export function exponentFloat(value: number, precision: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(Math.min(precision, 100)).split('e');
  return `${mantissa}e${exponentSuffix(Number(exponent))}`;
}

/** %f with a precision; exact halves go to the even neighbour. */
export function fixedFloat(value: number, precision: number): string {
  const digits = Math.min(precision, 100);
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  const text = value.toFixed(digits);
  const isHalf = digits < 50 && Number.isInteger(value * 2 ** (digits + 1)) && !Number.isInteger(value * 2 ** digits);
  if (!isHalf) return text;
  const lower = Math.floor(Math.abs(value) * 10 ** digits) / 10 ** digits;
  const [down, up] = [lower.toFixed(digits), (lower + 10 ** -digits).toFixed(digits)];
  return `${value < 0 ? '-' : ''}${'02468'.includes(down.at(-1) ?? '') ? down : up}`;
}

/** %g with a precision. */
export function generalFloat(value: number, precision: number): string {
  const digits = Math.max(1, precision);
  if (value === 0) return '0';
  const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  const [mantissa = '', exponentText = '0'] = value.toExponential(Math.min(digits - 1, 100)).split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) return `${trimmed(mantissa)}e${exponentSuffix(exponent)}`;
  return trimmed(fixedFloat(value, Math.max(0, digits - 1 - exponent)));
}

function exponentSuffix(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

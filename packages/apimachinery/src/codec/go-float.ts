/** A float as Go's %v, %g and YAML writer have it: the shortest digits that read back, with an exponent below 1e-4 and from a million on. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  return Number(exponent) < -4 || Number(exponent) >= 6 ? `${mantissa}e${exponentSuffix(Number(exponent))}` : String(value);
}

function exponentSuffix(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

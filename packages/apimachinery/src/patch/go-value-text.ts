import type { Json } from '../json.ts';

/** JSON as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys sorted. Messages of strategic merge patches embed it. */
export function goValueText(value: Json | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValueText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  return `map[${Object.keys(value).sort().map((key) => `${key}:${goValueText(value[key])}`).join(' ')}]`;
}

/** As Go's `%s` prints it, which flags what is no string: `%!s(int64=5)`. */
export function goStringText(value: Json | undefined): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return `[${value.map(goStringText).join(' ')}]`;
  if (typeof value === 'object') return `map[${Object.keys(value).sort().map((key) => `${key}:${goStringText(value[key])}`).join(' ')}]`;
  return typeof value === 'string' ? value : `%!s(${goTypeName(value)}=${String(value)})`;
}

/** The Go type that a decoded JSON value has: `map[string]interface {}`, `int64`. */
export function goTypeName(value: Json | undefined): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

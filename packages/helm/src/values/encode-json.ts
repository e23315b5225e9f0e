import { elementTypeOf, GoObject, Int, isList, sortedKeys, type Value } from './value.ts';

export interface JsonStyle {
  /** Two spaces a level, as MarshalIndent. */
  pretty?: boolean;
  /** `<`, `>` and `&` as they are. */
  raw?: boolean;
}

/** JSON as Go's encoder writes it: keys sorted. undefined for numbers that JSON has none of. */
export function encodeJson(value: Value, style: JsonStyle = {}): string | undefined {
  try { return encode(value, style, '\n'); } catch (error) { if (error instanceof RangeError) return undefined; throw error; }
}

function encode(value: Value, style: JsonStyle, indent: string): string {
  if (value instanceof Map) return wrap('{}', sortedKeys(value).map((key) => `${text(key, style)}:${style.pretty === true ? ' ' : ''}${encode(value.get(key) ?? null, style, `${indent}  `)}`), style, indent);
  if (isList(value)) return elementTypeOf(value) === 'uint8' ? text(Buffer.from(value.map((byte) => (byte instanceof Int ? Number(byte.value) : 0))).toString('base64'), style) : wrap('[]', value.map((element) => encode(element, style, `${indent}  `)), style, indent);
  if (value instanceof GoObject) return encode(value.toPlain(), style, indent);
  if (value instanceof Int) return String(value.value);
  if (typeof value === 'string') return text(value, style);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('no number of JSON');
  return Object.is(value, -0) ? '-0' : String(value); // numbers, booleans and null are JavaScript's
}

function wrap([open = '', close = '']: string, parts: readonly string[], { pretty = false }: JsonStyle, indent: string): string {
  if (parts.length === 0) return open + close;
  return pretty ? `${open}${indent}  ${parts.join(`,${indent}  `)}${indent}${close}` : `${open}${parts.join(',')}${close}`;
}

function text(string: string, { raw = false }: JsonStyle): string {
  const quoted = JSON.stringify(string).replace(/\\ud[89a-f][0-9a-f]{2}/g, '\\ufffd').replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  return raw ? quoted : quoted.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

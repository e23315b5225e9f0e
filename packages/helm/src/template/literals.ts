import { fromBytes } from '../values/byte-string.ts';
import type { NumberNode } from './nodes.ts';

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"' };
const INT64_MAX = 2n ** 63n - 1n;

/** The value of a quoted Go string; undefined when it is no valid one. */
export function unquote(quoted: string): string | undefined {
  const body = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return body.replaceAll('\r', '');
  let isValid = true;
  let hasBytes = false;
  const text = body.replace(/\\(?:([abfnrtv\\"'])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]?))/g, (_, named?: string, hex?: string, short?: string, long?: string, octal?: string) => {
    if (named !== undefined) { if (named !== "'" || quoted.startsWith("'")) return ESCAPES[named] ?? ''; isValid = false; return ''; }
    if (short !== undefined || long !== undefined) {
      const code = parseInt(short ?? long ?? '', 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) { isValid = false; return ''; }
      return String.fromCodePoint(code);
    }
    const byte = hex !== undefined ? parseInt(hex, 16) : octal !== undefined ? parseInt(octal, 8) : NaN;
    if (Number.isNaN(byte) || byte > 0xff) { isValid = false; return ''; }
    if (byte < 0x80) return String.fromCharCode(byte);
    hasBytes = true;
    return String.fromCharCode(0xdc00 + byte);
  });
  if (!isValid) return undefined;
  return hasBytes ? joinBytes(text) : text;
}

/** Escaped bytes may make up characters together. */
function joinBytes(text: string): string {
  return text.replace(/[\udc80-\udcff]+/g, (bytes) => fromBytes(Buffer.from(Array.from(bytes, (byte) => byte.charCodeAt(0) - 0xdc00))));
}

/** A number as Go's constants are read; a message when it is none. */
export function parseNumber(text: string, position: number): NumberNode | string {
  if (text.startsWith("'")) {
    const value = unquote(text);
    if (value === undefined || Array.from(value).length !== 1) return `malformed character constant: ${text}`;
    const code = value.codePointAt(0) ?? 0;
    return { kind: 'number', position, text, int: BigInt(code), float: code, isFloat: false };
  }
  const isHex = /^[-+]?0[xX]/.test(text);
  const isFloat = isHex ? /[.pP]/.test(text) : /[.eE]/.test(text);
  const int = isFloat ? undefined : parseInteger(text);
  if (int !== undefined && (int > INT64_MAX || int < -INT64_MAX - 1n) && int > 2n ** 64n - 1n) return `integer overflow: "${text}"`;
  const float = int === undefined ? parseDecimal(text) : Number(int);
  if (float === undefined) return `illegal number syntax: "${text}"`;
  return { kind: 'number', position, text, int: int ?? (Number.isSafeInteger(float) ? BigInt(float) : undefined), float, isFloat };
}

/** Go's base 0: 0x1f, 0b1, 0o7, 017, 1_000. undefined when it is none. */
export function parseInteger(text: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (!/^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/.test(digits)) return undefined;
  const bare = digits.replaceAll('_', '');
  const magnitude = /^0[0-7]/.test(bare) ? BigInt(`0o${bare.slice(1)}`) : BigInt(bare);
  return sign === '-' ? -magnitude : magnitude;
}

function parseDecimal(text: string): number | undefined {
  const bare = text.replaceAll('_', '');
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(bare) && Number.isFinite(Number(bare)) ? Number(bare) : undefined;
}

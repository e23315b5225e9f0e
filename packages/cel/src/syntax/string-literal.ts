const NAMED: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ESCAPES = /\\(?:([abfnrtv])|(["'\\?`])|([0-3][0-7][0-7])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g;

/** The text of a string literal as the lexer found it: quotes off, escapes replaced unless raw. @throws RangeError for code points that are none. */
export function unquoteString(literal: string): string {
  return replaceEscapes(literal, (code) => {
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new RangeError('invalid unicode code point');
    return String.fromCodePoint(code);
  });
}

/** The bytes of a bytes literal: as for strings, but `\x` and octal escapes are bytes, not characters. */
export function unquoteBytes(literal: string): Uint8Array {
  const parts: Uint8Array[] = [];
  const { body, raw } = withoutQuotes(literal.slice(1));
  let rest = 0;
  for (const match of raw ? [] : body.matchAll(ESCAPES)) {
    parts.push(Buffer.from(body.slice(rest, match.index)), Buffer.from(byteEscape(match)));
    rest = match.index + match[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(body.slice(rest))]);
}

function byteEscape([, named, plain, octal, hex, short, long]: RegExpExecArray): Uint8Array {
  if (octal !== undefined) return Uint8Array.of(Number.parseInt(octal, 8));
  if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
  const code = short ?? long;
  return Buffer.from(code === undefined ? NAMED[named ?? ''] ?? plain ?? '' : String.fromCodePoint(Number.parseInt(code, 16)));
}

function replaceEscapes(literal: string, character: (code: number) => string): string {
  const { body, raw } = withoutQuotes(literal);
  if (raw || !body.includes('\\')) return body;
  return body.replace(ESCAPES, (_all, named?: string, plain?: string, octal?: string, hex?: string, short?: string, long?: string) => {
    if (octal !== undefined) return character(Number.parseInt(octal, 8));
    const code = hex ?? short ?? long;
    return code === undefined ? NAMED[named ?? ''] ?? plain ?? '' : character(Number.parseInt(code, 16));
  });
}

function withoutQuotes(literal: string): { body: string; raw: boolean } {
  const raw = /^[rR]/.test(literal);
  const quoted = (raw ? literal.slice(1) : literal).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const width = /^("""|''')/.test(quoted) ? 3 : 1;
  return { body: quoted.slice(width, -width), raw };
}

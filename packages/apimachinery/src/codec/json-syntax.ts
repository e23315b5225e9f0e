/**
 * Where JSON text goes wrong, in the words of Go's scanner. Runs only after the platform's parser has refused the text, so it
 * may be plain: one function for each grammar rule, all on one cursor over the bytes.
 */
export function jsonSyntaxFault(bytes: Uint8Array): string {
  try {
    const scanner = new Scanner(bytes);
    scanner.value();
    scanner.end();
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
  return 'unexpected end of JSON input';
}

class SyntaxFault extends Error {}

const DEPTH_MAX = 10_000;
const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number): boolean => isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

class Scanner {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) { this.#bytes = bytes; }

  /** Arrays and objects are kept on a list of what is open, not on the stack: depth costs nothing. */
  value(): void {
    const open: ('array' | 'object')[] = [];
    this.#begin(open);
    while (open.length > 0) {
      const inside = open[open.length - 1];
      const byte = this.#next();
      const closing = inside === 'array' ? 0x5d : 0x7d;
      if (byte === closing) { this.#position++; open.pop(); continue; }
      if (byte !== 0x2c) this.#fail(inside === 'array' ? 'after array element' : 'after object key:value pair');
      this.#position++;
      if (inside === 'object') this.#key();
      this.#begin(open);
    }
  }

  end(): void {
    while (this.#position < this.#bytes.length && isSpace(this.#peek())) this.#position++;
    if (this.#position < this.#bytes.length) this.#fail('after top-level value');
  }

  /** Reads a scalar whole, or goes inside lists and objects until there is a first element. */
  #begin(open: ('array' | 'object')[]): void {
    for (;;) {
      const byte = this.#next();
      if (byte === 0x7b) {
        this.#position++;
        if (this.#next() === 0x7d) { this.#position++; return; }
        open.push('object');
        this.#key();
      } else if (byte === 0x5b) {
        this.#position++;
        if (this.#next() === 0x5d) { this.#position++; return; }
        open.push('array');
      } else {
        this.#scalar(byte);
        return;
      }
      if (open.length > DEPTH_MAX) throw new SyntaxFault(`invalid character ${quoteByte(byte)} exceeded max depth`);
    }
  }

  #key(): void {
    if (this.#next() !== 0x22) this.#fail('looking for beginning of object key string');
    this.#string();
    if (this.#next() !== 0x3a) this.#fail('after object key');
    this.#position++;
  }

  #scalar(byte: number): void {
    if (byte === 0x22) { this.#string(); return; }
    if (byte === 0x2d || isDigit(byte)) { this.#number(); return; }
    const literal = LITERALS[String.fromCharCode(byte)];
    if (literal === undefined) this.#fail('looking for beginning of value');
    this.#position++;
    for (const expected of literal.slice(1)) {
      if (String.fromCharCode(this.#peek()) !== expected) this.#fail(`in literal ${literal} (expecting ${quoteByte(expected.charCodeAt(0))})`);
      this.#position++;
    }
  }

  #string(): void {
    for (this.#position++; ; this.#position++) {
      const byte = this.#peek();
      if (byte === 0x22) { this.#position++; return; }
      if (byte < 0x20) this.#fail('in string literal');
      if (byte === 0x5c) this.#escape();
    }
  }

  #escape(): void {
    this.#position++;
    const byte = this.#peek();
    if (!'bfnrt\\/"u'.includes(String.fromCharCode(byte))) this.#fail('in string escape code');
    if (byte !== 0x75) return;
    for (let i = 0; i < 4; i++) {
      this.#position++;
      if (!isHex(this.#peek())) this.#fail('in \\u hexadecimal character escape');
    }
  }

  /** A number ends where it can; what follows is judged by whoever reads on. */
  #number(): void {
    if (this.#peek() === 0x2d) this.#position++;
    if (this.#peek() === 0x30) this.#position++;
    else this.#digits('in numeric literal');
    if (this.#maybe() === 0x2e) { this.#position++; this.#digits('after decimal point in numeric literal'); }
    if ((this.#maybe() | 0x20) !== 0x65) return;
    this.#position++;
    if (this.#peek() === 0x2b || this.#peek() === 0x2d) this.#position++;
    this.#digits('in exponent of numeric literal');
  }

  #digits(context: string): void {
    if (!isDigit(this.#peek())) this.#fail(context);
    while (isDigit(this.#maybe())) this.#position++;
  }

  /** The next byte that is no space. */
  #next(): number {
    while (isSpace(this.#peek())) this.#position++;
    return this.#peek();
  }

  #peek(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw new SyntaxFault('unexpected end of JSON input');
    return byte;
  }

  /** Like #peek, where the text may end. */
  #maybe(): number { return this.#bytes[this.#position] ?? 0; }

  #fail(context: string): never { throw new SyntaxFault(`invalid character ${quoteByte(this.#peek())} ${context}`); }
}

function quoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return "'\"'";
  if (byte === 0x5c) return "'\\\\'";
  if (byte >= 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`;
  const named = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' }[byte];
  if (named !== undefined) return `'\\${named}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  return byte < 0xa1 || byte === 0xad ? `'\\u${byte.toString(16).padStart(4, '0')}'` : `'${String.fromCharCode(byte)}'`; // bytes count as Latin-1 characters
}

export type TokenType =
  | 'error' | 'eof' | 'text' | 'leftDelim' | 'rightDelim' | 'space' | 'assign' | 'declare' | 'pipe' | 'string' | 'rawString' | 'char' | 'charConstant' | 'number' | 'complex'
  | 'identifier' | 'field' | 'variable' | 'dot' | 'nil' | 'bool' | 'leftParen' | 'rightParen'
  | 'block' | 'break' | 'continue' | 'define' | 'else' | 'end' | 'if' | 'range' | 'template' | 'with';

export interface Token {
  type: TokenType;
  /** Offset of its first character in the text. */
  position: number;
  text: string;
  /** From 1. */
  line: number;
}

const KEYWORDS: ReadonlySet<string> = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with', 'nil']);
const SPACES = ' \t\r\n';

/** The tokens of a template in Go's syntax. The last one is `eof`, or `error` with what is wrong. */
export function tokenize(input: string): Token[] {
  return new Lexer(input).run();
}

/** A token as error messages show it. */
export function showToken({ type, text }: Token, quote: (text: string) => string): string {
  if (type === 'eof') return 'EOF';
  if (type === 'error') return text;
  if (KEYWORDS.has(type)) return `<${text}>`;
  return text.length > 10 ? `${quote(Array.from(text).slice(0, 10).join(''))}...` : quote(text);
}

/** Reads a text from its start to its end once. */
class Lexer {
  readonly #input: string;
  readonly #tokens: Token[] = [];
  #position = 0;
  #line = 1;
  #parens = 0;

  constructor(input: string) { this.#input = input; }

  run(): Token[] {
    while (this.#lexText() && this.#lexAction()) { /* one text and one action after the other */ }
    return this.#tokens;
  }

  #emit(type: TokenType, end: number): void {
    const text = this.#input.slice(this.#position, end);
    this.#tokens.push({ type, position: this.#position, text, line: this.#line });
    this.#skipTo(end);
  }

  #skipTo(end: number): void {
    for (let at = this.#input.indexOf('\n', this.#position); at !== -1 && at < end; at = this.#input.indexOf('\n', at + 1)) this.#line++;
    this.#position = end;
  }

  #fail(message: string): false {
    this.#tokens.push({ type: 'error', position: this.#position, text: message, line: this.#line });
    return false;
  }

  /** Text up to the next action, whose delimiter may trim it; false at the end. */
  #lexText(): boolean {
    const input = this.#input;
    for (;;) {
      const start = input.indexOf('{{', this.#position);
      if (start === -1) {
        if (this.#position < input.length) this.#emit('text', input.length);
        this.#emit('eof', input.length);
        return false;
      }
      const trims = input[start + 2] === '-' && isSpace(input[start + 3]);
      let end = start;
      if (trims) while (end > this.#position && isSpace(input[end - 1])) end--;
      if (end > this.#position) this.#emit('text', end);
      this.#skipTo(start);
      const after = start + (trims ? 3 : 2);
      const comment = trims ? after + 1 : after;
      if (!input.startsWith('/*', trims ? comment : after)) {
        this.#emit('leftDelim', start + 2);
        this.#skipTo(after);
        this.#parens = 0;
        return true;
      }
      if (!this.#lexComment(trims ? comment : after)) return false;
    }
  }

  #lexComment(start: number): boolean {
    this.#skipTo(start);
    const close = this.#input.indexOf('*/', start + 2);
    if (close === -1) return this.#fail('unclosed comment');
    const [isDelim, trims] = this.#rightDelim(close + 2);
    if (!isDelim) { this.#skipTo(close + 2); return this.#fail('comment ends before closing delimiter'); }
    let end = close + 2 + (trims ? 4 : 2);
    if (trims) while (isSpace(this.#input[end])) end++;
    this.#skipTo(end);
    return true;
  }

  /** Whether an action ends at `at`, and whether it trims what follows. */
  #rightDelim(at: number): [isDelim: boolean, trims: boolean] {
    if (isSpace(this.#input[at]) && this.#input.startsWith('-}}', at + 1)) return [true, true];
    return [this.#input.startsWith('}}', at), false];
  }

  /** One action up to behind its closing delimiter. */
  #lexAction(): boolean {
    for (;;) {
      const [isDelim, trims] = this.#rightDelim(this.#position);
      if (isDelim) {
        if (this.#parens > 0) return this.#fail('unclosed left paren');
        if (trims) this.#skipTo(this.#position + 2);
        this.#emit('rightDelim', this.#position + 2);
        if (trims) { let end = this.#position; while (isSpace(this.#input[end])) end++; this.#skipTo(end); }
        return true;
      }
      if (!this.#lexOne()) return false;
    }
  }

  #lexOne(): boolean {
    const c = this.#input[this.#position];
    const after = this.#position + 1;
    if (c === undefined) return this.#fail('unclosed action');
    if (isSpace(c)) return this.#lexSpace();
    switch (c) {
      case '=': this.#emit('assign', after); return true;
      case ':': if (this.#input[after] !== '=') return this.#fail('expected :='); this.#emit('declare', after + 1); return true;
      case '|': this.#emit('pipe', after); return true;
      case '"': return this.#lexQuoted('"', 'string', 'unterminated quoted string');
      case "'": return this.#lexQuoted("'", 'charConstant', 'unterminated character constant');
      case '`': { const end = this.#input.indexOf('`', after); if (end === -1) return this.#fail('unterminated raw quoted string'); this.#emit('rawString', end + 1); return true; }
      case '$': return this.#lexName('variable');
      case '(': this.#parens++; this.#emit('leftParen', after); return true;
      case ')': if (--this.#parens < 0) return this.#fail('unexpected right paren'); this.#emit('rightParen', after); return true;
      case '.': if (!/[0-9]/.test(this.#input[after] ?? '')) return this.#lexName('field'); return this.#lexNumber();
      default:
    }
    if (/[-+0-9]/.test(c)) return this.#lexNumber();
    if (isAlphaNumeric(this.#codePoint(this.#position))) return this.#lexIdentifier();
    if (c > ' ' && c < '\x7f') { this.#emit('char', after); return true; }
    return this.#fail(`unrecognized character in action: ${showRune(this.#codePoint(this.#position))}`);
  }

  /** Spaces up to what follows; one that belongs to ` -}}` stays. */
  #lexSpace(): boolean {
    let end = this.#position;
    while (isSpace(this.#input[end])) end++;
    if (this.#input.startsWith('-}}', end)) end--;
    if (end > this.#position) this.#emit('space', end);
    return true;
  }

  #lexQuoted(quote: string, type: TokenType, unterminated: string): boolean {
    for (let i = this.#position + 1; ; i++) {
      let c = this.#input[i];
      if (c === '\\') { c = this.#input[++i]; if (c !== undefined && c !== '\n') continue; }
      if (c === undefined || c === '\n') return this.#fail(unterminated);
      if (c === quote) { this.#emit(type, i + 1); return true; }
    }
  }

  #lexName(type: 'field' | 'variable'): boolean {
    const end = this.#nameEnd(this.#position + 1);
    if (!this.#endsWord(end)) return this.#fail(`bad character ${showRune(this.#codePoint(end))}`);
    this.#emit(type === 'field' && end === this.#position + 1 ? 'dot' : type, end);
    return true;
  }

  #lexIdentifier(): boolean {
    const end = this.#nameEnd(this.#position);
    if (!this.#endsWord(end)) return this.#fail(`bad character ${showRune(this.#codePoint(end))}`);
    const word = this.#input.slice(this.#position, end);
    this.#emit(KEYWORDS.has(word) ? word as TokenType : word === 'true' || word === 'false' ? 'bool' : 'identifier', end); // a keyword is a type of its own
    return true;
  }

  #lexNumber(): boolean {
    const match = /[-+]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][-+]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]*)?)i?/y;
    match.lastIndex = this.#position;
    const end = this.#position + (match.exec(this.#input)?.[0].length ?? 0);
    const next = this.#codePoint(end);
    if (isAlphaNumeric(next)) return this.#fail(`bad number syntax: ${JSON.stringify(this.#input.slice(this.#position, end) + next)}`);
    if (next === '+' || next === '-') return this.#fail(`bad number syntax: ${JSON.stringify(this.#input.slice(this.#position, end + 1))}`);
    this.#emit('number', end);
    return true;
  }

  #nameEnd(start: number): number {
    let end = start;
    for (let c = this.#codePoint(end); isAlphaNumeric(c); c = this.#codePoint(end)) end += c.length;
    return end;
  }

  /** Whether a word may end at `at`. */
  #endsWord(at: number): boolean {
    const c = this.#input[at];
    return c === undefined || isSpace(c) || '.,|:()'.includes(c) || this.#input.startsWith('}}', at);
  }

  #codePoint(at: number): string {
    const code = this.#input.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }
}

function isSpace(c: string | undefined): boolean { return c !== undefined && c !== '' && SPACES.includes(c); }

function isAlphaNumeric(c: string): boolean { return /^[_\p{L}\p{Nd}]$/u.test(c); }

/** A character as Go's %#U shows it. */
function showRune(c: string): string {
  const code = c.codePointAt(0) ?? 0xfffd;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}${code >= 0x20 && code !== 0x7f ? ` '${c}'` : ''}`;
}

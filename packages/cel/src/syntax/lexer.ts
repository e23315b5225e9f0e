import type { SourceFault } from './source.ts';
import type { Token, TokenKind } from './token.ts';

const KEYWORDS: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);
const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;
const STRINGS = [
  String.raw`[rR]"""[\s\S]*?"""`, String.raw`[rR]'''[\s\S]*?'''`, String.raw`"""(?:${ESCAPE}|[^\\])*?"""`, String.raw`'''(?:${ESCAPE}|[^\\])*?'''`,
  String.raw`[rR]"[^"\n\r]*"`, String.raw`[rR]'[^'\n\r]*'`, String.raw`"(?:${ESCAPE}|[^\\"\n\r])*"`, String.raw`'(?:${ESCAPE}|[^\\'\n\r])*'`,
].join('|');

/** Each rule at a position; of several the longest match wins, and of equally long ones the first. */
const RULES: readonly (readonly [TokenKind | 'hidden', RegExp])[] = [
  ['hidden', /[\t \r\n\f]+/y],
  ['hidden', /\/\/[^\n]*/y],
  ['NUM_FLOAT', /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y],
  ['NUM_UINT', /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ['NUM_INT', /0x[0-9a-fA-F]+|\d+/y],
  ['BYTES', new RegExp(`[bB](?:${STRINGS})`, 'y')],
  ['STRING', new RegExp(STRINGS, 'y')],
  ['IDENTIFIER', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['ESC_IDENTIFIER', /`[A-Za-z0-9_.\-/ ]+`/y],
];
const OPERATORS = /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y;

export interface Lexed {
  /** Ends with EOF. */
  tokens: Token[];
  faults: SourceFault[];
}

/** Splits an expression into tokens. What fits no rule is left out and reported. */
export function lex(text: string): Lexed {
  const tokens: Token[] = [];
  const faults: SourceFault[] = [];
  const ascii = /^[\0-\x7f]*$/.test(text);
  let offset = 0; // of `at`, in code points
  for (let at = 0; at < text.length;) {
    const { kind, length } = longestMatch(text, at);
    const piece = text.slice(at, at + length);
    if (kind === undefined) faults.push({ offset, message: `Syntax error: token recognition error at: '${goEscaped(piece)}'` });
    else if (kind !== 'hidden') tokens.push({ kind: kind === 'IDENTIFIER' && KEYWORDS.has(piece) ? piece as TokenKind : kind, text: piece, offset }); // KEYWORDS are kinds
    at += length;
    offset += ascii ? length : Array.from(piece).length;
  }
  tokens.push({ kind: 'EOF', text: '<EOF>', offset });
  return { tokens, faults };
}

function longestMatch(text: string, at: number): { kind: TokenKind | 'hidden' | undefined; length: number } {
  let best: { kind: TokenKind | 'hidden' | undefined; length: number } = { kind: undefined, length: 0 };
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const length = rule.exec(text)?.[0].length ?? 0;
    if (length > best.length) best = { kind, length };
  }
  OPERATORS.lastIndex = at;
  const operator = OPERATORS.exec(text)?.[0];
  if (operator !== undefined && operator.length > best.length) best = { kind: operator as TokenKind, length: operator.length }; // OPERATORS matches kinds only
  return best.length > 0 ? best : { kind: undefined, length: unrecognisedLength(text, at) };
}

/** How much is skipped: an unfinished string up to the end of its line, a half of `&&`, `||` or `==` with the character that broke it, else one character. */
function unrecognisedLength(text: string, at: number): number {
  const first = text[at] ?? '';
  if (first === '"' || first === "'") return /^[^\n\r]*/.exec(text.slice(at))?.[0].length ?? 1;
  if ('&|='.includes(first) && at + 1 < text.length) return 2;
  return String.fromCodePoint(text.codePointAt(at) ?? 0).length;
}

function goEscaped(piece: string): string {
  return piece.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

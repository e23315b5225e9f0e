export type TokenKind = 'word' | 'end' | ')' | ',' | '!' | '==' | '=' | '>' | '<' | 'in' | 'notin' | '!=' | '(';
export interface Token { readonly kind: TokenKind; readonly text: string }

const SPECIAL: ReadonlySet<string> = new Set('=!(),><');
const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const SPACES: ReadonlySet<string> = new Set(' \t\r\n');

/** Splits a label selector; the last token is always `end`. A NUL ends the text, as it does in Kubernetes. */
export function tokenize(input: string): Token[] {
  const nul = input.indexOf('\0');
  const text = nul < 0 ? input : input.slice(0, nul);
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    while (SPACES.has(text.charAt(position))) position++;
    if (position >= text.length) { tokens.push({ kind: 'end', text: '' }); return tokens; }
    const end = SPECIAL.has(text.charAt(position)) ? symbolEnd(text, position) : wordEnd(text, position);
    tokens.push(tokenOf(text.slice(position, end)));
    position = end;
  }
}

function tokenOf(piece: string): Token {
  if (SYMBOLS.has(piece) || piece === 'in' || piece === 'notin') return { kind: piece as TokenKind, text: piece }; // both sets hold kinds only
  return { kind: 'word', text: piece };
}

/** Every special character is a symbol of its own, and two may make a longer one. */
function symbolEnd(text: string, start: number): number {
  return start + (SYMBOLS.has(text.slice(start, start + 2)) ? Math.min(2, text.length - start) : 1);
}

function wordEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !SPECIAL.has(text.charAt(end)) && !SPACES.has(text.charAt(end))) end++;
  return end;
}

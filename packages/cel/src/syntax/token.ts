/** Kinds of tokens, in the order in which messages list what was expected. */
export const TOKEN_KINDS = [
  '==', '!=', 'in', '<', '<=', '>=', '>', '&&', '||', '[', ']', '{', '}', '(', ')', '.', ',', '-', '!', '?', ':', '+', '*', '/', '%',
  'true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER', 'ESC_IDENTIFIER',
] as const;

export type TokenKind = (typeof TOKEN_KINDS)[number] | 'EOF';

export interface Token {
  kind: TokenKind;
  /** As written; `<EOF>` at the end. */
  text: string;
  /** In code points. */
  offset: number;
}

const CLASSES: ReadonlySet<string> = new Set(['NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER', 'ESC_IDENTIFIER']);

/** What was expected, as messages write it: `')'`, `<EOF>` or `{'[', '{', IDENTIFIER}`. */
export function formatExpected(kinds: ReadonlySet<TokenKind>): string {
  const ordered = [...(kinds.has('EOF') ? ['<EOF>'] : []), ...TOKEN_KINDS.filter((kind) => kinds.has(kind)).map((kind) => (CLASSES.has(kind) ? kind : `'${kind}'`))];
  return ordered.length === 1 ? ordered[0] ?? '' : `{${ordered.join(', ')}}`;
}

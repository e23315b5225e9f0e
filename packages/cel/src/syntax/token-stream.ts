import type { SourceFault } from './source.ts';
import { formatExpected, type Token, type TokenKind } from './token.ts';

/** Thrown where a syntax error leaves nothing to go on with; the fault is already recorded. */
export class SyntaxStop extends Error {}

/**
 * Tokens with one of lookahead, and the three ways in which Kubernetes' parser words a syntax error: a token too much (`extraneous`), one too few
 * (`missing`), or anything else (`mismatched`). After the first two, parsing goes on.
 */
export class TokenStream {
  readonly faults: SourceFault[];
  readonly #tokens: readonly Token[];
  /** Faults of an expression without any text stand before it. */
  readonly #empty: boolean;
  #at = 0;

  constructor(tokens: readonly Token[], faults: readonly SourceFault[]) {
    this.#tokens = tokens;
    this.#empty = tokens[0]?.kind === 'EOF' && tokens[0].offset === 0;
    this.faults = [...faults];
  }

  get next(): Token {
    return this.#ahead(0);
  }

  get afterNext(): Token {
    return this.#ahead(1);
  }

  /** The kind of the token behind any number of `.name` that come next. */
  aheadAfterNames(): TokenKind {
    let count = 0;
    while (this.#ahead(count).kind === '.' && this.#ahead(count + 1).kind === 'IDENTIFIER') count += 2;
    return this.#ahead(count).kind;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'EOF') this.#at++;
    return token;
  }

  takeIf(kind: TokenKind): Token | undefined {
    return this.next.kind === kind ? this.take() : undefined;
  }

  /** Sees to it that one of `kinds` comes next, if need be by dropping a token. */
  expectOneOf(kinds: ReadonlySet<TokenKind>): void {
    if (kinds.has(this.next.kind)) return;
    if (this.next.kind === 'EOF' || !kinds.has(this.afterNext.kind)) this.#stop(`mismatched input '${this.next.text}' expecting ${formatExpected(kinds)}`);
    this.#report(`extraneous input '${this.next.text}' expecting ${formatExpected(kinds)}`);
    this.take();
  }

  /** Takes a token of this kind. `follow` tells what may stand behind it, so that one that is merely missing is recognised as such. */
  expect(kind: TokenKind, follow: (next: TokenKind) => boolean): Token {
    const found = this.takeIf(kind);
    if (found !== undefined) return found;
    const expected = formatExpected(new Set([kind]));
    const { next } = this;
    if (next.kind !== 'EOF' && this.afterNext.kind === kind) {
      this.#report(`extraneous input '${next.text}' expecting ${expected}`);
      this.take();
      return this.take();
    }
    if (!follow(next.kind)) this.#stop(`mismatched input '${next.text}' expecting ${expected}`);
    this.#report(`missing ${expected} at '${next.text}'`);
    return { kind, text: '', offset: next.offset };
  }

  /** Ends parsing with an error at the next token. */
  stop(message: string): never {
    this.#stop(message);
  }

  #ahead(count: number): Token {
    const token = this.#tokens[Math.min(this.#at + count, this.#tokens.length - 1)];
    if (token === undefined) throw new Error('broken invariant: a token stream without its end');
    return token;
  }

  #report(message: string): void {
    this.faults.push({ offset: this.#empty ? -1 : this.next.offset, message: `Syntax error: ${message}` });
  }

  #stop(message: string): never {
    this.#report(message);
    throw new SyntaxStop();
  }
}

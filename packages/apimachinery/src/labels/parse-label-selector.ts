import { badRequest } from '../errors/status-error.ts';
import { formatFieldErrors } from '../validation/field-error.ts';
import { keyFaults, labelRequirement, sortByKey, type LabelOperator, type LabelRequirement, type LabelSelector } from './label-selector.ts';
import { tokenize, type Token, type TokenKind } from './label-tokens.ts';

const BINARY_OPERATORS: Partial<Record<TokenKind, LabelOperator>> = { in: 'in', notin: 'notin', '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt' };

/**
 * Reads `app=a,tier in (x,y),!old` and its kin.
 *
 *     selector    := requirement ("," requirement)*
 *     requirement := "!" KEY | KEY | KEY ("=" | "==" | "!=" | ">" | "<") VALUE? | KEY ("in" | "notin") "(" values ")"
 *
 * `in` and `notin` are words wherever no operator is expected.
 * @throws StatusError 400 with Kubernetes' message.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const reader = new TokenReader(tokenize(text));
  const requirements: LabelRequirement[] = [];
  for (;;) {
    const next = reader.peek();
    if (next.kind === 'end') return sortByKey(requirements);
    if (next.kind !== 'word' && next.kind !== '!') throw badRequest(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    requirements.push(requirementOf(reader));
    const after = reader.take();
    if (after.kind === 'end') return sortByKey(requirements);
    if (after.kind !== ',') throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
    const { kind, text: found } = reader.peek();
    if (kind !== 'word' && kind !== '!') throw badRequest(`found '${found}', expected: identifier after ','`);
  }
}

/** Tokens with `in` and `notin` as words, save where an operator stands. */
class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) { this.#tokens = tokens; }

  peek(): Token {
    const token = this.#raw();
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'word', text: token.text } : token;
  }

  take(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  takeOperator(): Token {
    const token = this.#raw();
    this.#position++;
    return token;
  }

  #raw(): Token { return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] ?? { kind: 'end', text: '' }; }
}

function fail(why: string): never {
  throw badRequest(`unable to parse requirement: ${why}`);
}

function requirementOf(reader: TokenReader): LabelRequirement {
  const absent = reader.peek().kind === '!';
  if (absent) reader.take();
  const key = reader.take();
  if (key.kind !== 'word') fail(`found '${key.text}', expected: identifier`);
  const faults = keyFaults('<nil>', key.text);
  if (faults.length > 0) fail(formatFieldErrors(faults));
  if (absent) return checked(key.text, '!', []);
  const { kind } = reader.peek();
  if (kind === 'end' || kind === ',') return checked(key.text, 'exists', []);
  const operator = operatorOf(reader);
  return checked(key.text, operator, operator === 'in' || operator === 'notin' ? setOf(reader) : [exactValueOf(reader)]);
}

function checked(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  try {
    return labelRequirement(key, operator, [...new Set(values)].sort());
  } catch (error) {
    return fail((error as Error).message); // labelRequirement throws nothing but StatusError
  }
}

function operatorOf(reader: TokenReader): LabelOperator {
  const { kind, text } = reader.takeOperator();
  return BINARY_OPERATORS[kind] ?? fail(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
}

function exactValueOf(reader: TokenReader): string {
  const { kind } = reader.peek();
  if (kind === 'end' || kind === ',') return '';
  const value = reader.take();
  return value.kind === 'word' ? value.text : fail(`found '${value.text}', expected: identifier`);
}

/** `(a,b)`; missing elements are empty values. */
function setOf(reader: TokenReader): string[] {
  const open = reader.take();
  if (open.kind !== '(') fail(`found '${open.text}' expected: '('`);
  const first = reader.peek();
  if (first.kind === ')') { reader.take(); return ['']; }
  if (first.kind !== 'word' && first.kind !== ',') fail(`found '${first.text}', expected: ',', ')' or identifier`);
  const values = elementsOf(reader);
  if (reader.take().kind !== ')') fail(`found '${first.text}', expected: ')'`);
  return values;
}

function elementsOf(reader: TokenReader): string[] {
  const values: string[] = [];
  for (;;) {
    const token = reader.take();
    if (token.kind === 'word') {
      values.push(token.text);
      const after = reader.peek();
      if (after.kind === ')') return values;
      if (after.kind !== ',') fail(`found '${after.text}', expected: ',' or ')'`);
    } else if (token.kind === ',') {
      if (values.length === 0) values.push('');
      const after = reader.peek();
      if (after.kind === ')' || after.kind === ',') values.push('');
      if (after.kind === ')') return values;
    } else {
      fail(`found '${token.text}', expected: ',', or identifier`);
    }
  }
}

import type { Value } from '../values/value.ts';
import { Uint } from '../values/value.ts';
import type { CallExpr, Expr, MapEntry, ParsedExpression, StructField } from './ast.ts';
import { ExprFactory, MacroFactory } from './expr-factory.ts';
import { lex } from './lexer.ts';
import { expandHas, MACROS, MACROS_AND_BINDINGS, MacroFault, type Macro } from './macros.ts';
import { formatFaults, type SourceFault } from './source.ts';
import { unquoteBytes, unquoteString } from './string-literal.ts';
import { SyntaxStop, TokenStream } from './token-stream.ts';
import type { Token, TokenKind } from './token.ts';

const MOST_CODE_POINTS = 100_000;
const DEEPEST_NESTING = 250;

const RESERVED: ReadonlySet<string> = new Set([
  'as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop', 'package', 'namespace', 'null', 'return', 'true', 'var', 'void', 'while',
]);

const EXPR_START: ReadonlySet<TokenKind> = new Set(['[', '{', '(', '.', '-', '!', 'true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER']);
const ARGUMENTS_START: ReadonlySet<TokenKind> = new Set([...EXPR_START, ')']);
const ELEMENT_START: ReadonlySet<TokenKind> = new Set([...EXPR_START, '?']);
const LIST_START: ReadonlySet<TokenKind> = new Set([...ELEMENT_START, ',', ']']);
const LIST_REST: ReadonlySet<TokenKind> = new Set([']', ',']);
const MAP_START: ReadonlySet<TokenKind> = new Set([...ELEMENT_START, ',', '}']);
const MAP_REST: ReadonlySet<TokenKind> = new Set(['}', ',']);
const FIELD_NAME: ReadonlySet<TokenKind> = new Set(['IDENTIFIER', 'ESC_IDENTIFIER']);
const STRUCT_START: ReadonlySet<TokenKind> = new Set([...FIELD_NAME, '?', ',', '}']);
const RELATIONS: ReadonlyMap<TokenKind, string> = new Map([['<', '_<_'], ['<=', '_<=_'], ['>=', '_>=_'], ['>', '_>_'], ['==', '_==_'], ['!=', '_!=_'], ['in', '@in']]);
const SUMS: ReadonlyMap<TokenKind, string> = new Map([['+', '_+_'], ['-', '_-_']]);
const PRODUCTS: ReadonlyMap<TokenKind, string> = new Map([['*', '_*_'], ['/', '_/_'], ['%', '_%_']]);

/** What may stand behind a finished expression: operators and the end; inside of others also what separates and closes those. */
const AFTER_EXPR: ReadonlySet<TokenKind> = new Set(['EOF', '?', '.', '[', '&&', '||', '+', '-', '*', '/', '%', ...RELATIONS.keys()]);
const AFTER_NESTED: ReadonlySet<TokenKind> = new Set([...AFTER_EXPR, ')', ']', '}', ',', ':']);

/** An expression's text can't be read. `message` is what Kubernetes shows: each fault with its place. */
export class CelSyntaxError extends Error {}

export interface ParseOptions {
  /** Knows `cel.bind(name, value, result)`. */
  bindings?: boolean | undefined;
}

/** Reads an expression. @throws CelSyntaxError */
export function parse(text: string, { bindings = false }: ParseOptions = {}): ParsedExpression {
  const length = Array.from(text).length;
  if (length > MOST_CODE_POINTS) throw new CelSyntaxError(formatFaults(text, [{ offset: -1, message: `expression code point size exceeds limit: size: ${length}, limit ${MOST_CODE_POINTS}` }]));
  const { tokens, faults } = lex(text);
  const parser = new Parser(new TokenStream(tokens, faults), bindings ? MACROS_AND_BINDINGS : MACROS);
  const root = parser.parseAll();
  if (root === undefined || parser.faults.length > 0) throw new CelSyntaxError(formatFaults(text, parser.faults));
  return { text, root, positions: parser.positions };
}

/** Recursive descent over CEL's grammar; macros are expanded as soon as their call is complete. */
class Parser {
  readonly #tokens: TokenStream;
  readonly #macros: ReadonlyMap<string, Macro>;
  readonly #factory: ExprFactory = new ExprFactory();
  /** Faults of meaning (reserved names, bad literals, macros), beside those of syntax. */
  readonly #semantic: SourceFault[] = [];
  #depth = 0;

  constructor(tokens: TokenStream, macros: ReadonlyMap<string, Macro>) {
    this.#tokens = tokens;
    this.#macros = macros;
  }

  get positions(): ReadonlyMap<number, number> {
    return this.#factory.positions;
  }

  get faults(): readonly SourceFault[] {
    return [...this.#tokens.faults, ...this.#semantic];
  }

  parseAll(): Expr | undefined {
    try {
      const root = this.#expr();
      this.#tokens.expect('EOF', () => false);
      return root;
    } catch (error) {
      if (error instanceof SyntaxStop) return undefined;
      throw error;
    }
  }

  #expr(): Expr {
    if (++this.#depth > DEEPEST_NESTING) {
      this.#semantic.push({ offset: -1, message: `Internal error: expression recursion limit exceeded: ${DEEPEST_NESTING}` });
      throw new SyntaxStop();
    }
    const condition = this.#or();
    const question = this.#tokens.takeIf('?');
    if (question !== undefined) {
      const id = this.#factory.idAt(question.offset);
      const whenTrue = this.#or();
      this.#tokens.expect(':', (next) => EXPR_START.has(next));
      const whenFalse = this.#expr();
      this.#depth--;
      return call(id, '_?_:_', condition, whenTrue, whenFalse);
    }
    this.#depth--;
    return condition;
  }

  #or(): Expr {
    return this.#chain('||', '_||_', () => this.#chain('&&', '_&&_', () => this.#relation()));
  }

  /** Terms of && or || as a balanced tree, so that long chains stay shallow. */
  #chain(kind: TokenKind, name: string, term: () => Expr): Expr {
    const terms = [term()];
    const ids: number[] = [];
    for (let operator = this.#tokens.takeIf(kind); operator !== undefined; operator = this.#tokens.takeIf(kind)) {
      ids.push(this.#factory.idAt(operator.offset));
      terms.push(term());
    }
    return balanced(name, terms, ids);
  }

  #relation(): Expr {
    return this.#leftAssociative(RELATIONS, () => this.#leftAssociative(SUMS, () => this.#leftAssociative(PRODUCTS, () => this.#unary())));
  }

  #leftAssociative(operators: ReadonlyMap<TokenKind, string>, operand: () => Expr): Expr {
    let left = operand();
    for (let name = operators.get(this.#tokens.next.kind); name !== undefined; name = operators.get(this.#tokens.next.kind)) {
      const id = this.#factory.idAt(this.#tokens.take().offset);
      left = call(id, name, left, operand());
    }
    return left;
  }

  #unary(): Expr {
    this.#tokens.expectOneOf(EXPR_START);
    const { next } = this.#tokens;
    if (next.kind === '!') return this.#repeated('!', '!_');
    if (next.kind === '-' && !['NUM_INT', 'NUM_FLOAT'].includes(this.#tokens.afterNext.kind)) return this.#repeated('-', '-_');
    return this.#member();
  }

  #repeated(kind: TokenKind, name: string): Expr {
    const first = this.#tokens.take();
    let count = 1;
    while (this.#tokens.takeIf(kind) !== undefined) count++;
    if (!EXPR_START.has(this.#tokens.next.kind)) this.#unwanted();
    const operand = this.#member();
    return count % 2 === 0 ? operand : call(this.#factory.idAt(first.offset), name, operand);
  }

  /** After `!` and `-` the reference parser calls whatever follows a token too much, even the end. */
  #unwanted(): void {
    if (this.#tokens.next.kind !== 'EOF') return this.#tokens.expectOneOf(EXPR_START);
    this.#tokens.stop("extraneous input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}");
  }

  #member(): Expr {
    let expr = this.#primary();
    for (;;) {
      const { next } = this.#tokens;
      if (next.kind === '.') expr = this.#selection(expr);
      else if (next.kind === '[') expr = this.#index(expr);
      else return expr;
    }
  }

  #selection(operand: Expr): Expr {
    const dot = this.#tokens.take();
    const optional = this.#tokens.takeIf('?') !== undefined;
    if (optional) this.#tokens.expectOneOf(FIELD_NAME);
    const { next } = this.#tokens;
    if (!FIELD_NAME.has(next.kind)) this.#badSelection(next);
    const name = this.#tokens.take();
    if (name.kind === 'ESC_IDENTIFIER') this.#semantic.push({ offset: name.offset, message: "unsupported syntax: '`'" });
    if (optional) {
      const id = this.#factory.idAt(dot.offset);
      return call(id, '_?._', operand, this.#literal(name.offset, name.text));
    }
    const open = name.kind === 'IDENTIFIER' ? this.#tokens.takeIf('(') : undefined;
    if (open === undefined) return { kind: 'select', id: this.#factory.idAt(dot.offset), operand, field: name.text, test: false };
    const id = this.#factory.idAt(open.offset);
    return this.#callOrMacro(id, name.text, operand, this.#arguments());
  }

  #badSelection(next: Token): never {
    if (['true', 'false', 'null'].includes(next.kind)) this.#tokens.stop(`mismatched input '${next.text}' expecting IDENTIFIER`);
    this.#tokens.stop(`no viable alternative at input '.${next.kind === 'EOF' ? '' : next.text}'`);
  }

  #index(operand: Expr): Expr {
    const id = this.#factory.idAt(this.#tokens.take().offset);
    this.#tokens.expectOneOf(ELEMENT_START);
    const name = this.#tokens.takeIf('?') === undefined ? '_[_]' : '_[?_]';
    const key = this.#expr();
    this.#close(']');
    return call(id, name, operand, key);
  }

  #arguments(): Expr[] {
    this.#tokens.expectOneOf(ARGUMENTS_START);
    const args: Expr[] = [];
    if (this.#tokens.next.kind !== ')') {
      do args.push(this.#expr()); while (this.#tokens.takeIf(',') !== undefined);
    }
    this.#close(')');
    return args;
  }

  #primary(): Expr {
    const { next } = this.#tokens;
    switch (next.kind) {
      case '(': return this.#nested();
      case '[': return this.#list();
      case '{': return this.#map();
      case '.': case 'IDENTIFIER': return this.#named();
      default: return this.#constant();
    }
  }

  #nested(): Expr {
    this.#tokens.take();
    const inner = this.#expr();
    this.#close(')');
    return inner;
  }

  /** The end of a pair of brackets. */
  #close(kind: TokenKind): void {
    const after = this.#depth > 1 ? AFTER_NESTED : AFTER_EXPR;
    this.#tokens.expect(kind, (next) => after.has(next));
  }

  #list(): Expr {
    const id = this.#factory.idAt(this.#tokens.take().offset);
    const elements: Expr[] = [];
    const optional = new Set<number>();
    this.#sequence({ start: LIST_START, rest: LIST_REST, close: ']', element: ELEMENT_START }, () => {
      if (this.#tokens.takeIf('?') !== undefined) optional.add(elements.length);
      elements.push(this.#expr());
    });
    return { kind: 'list', id, elements, optional };
  }

  #map(): Expr {
    const id = this.#factory.idAt(this.#tokens.take().offset);
    const entries: MapEntry[] = [];
    this.#sequence({ start: MAP_START, rest: MAP_REST, close: '}', element: ELEMENT_START }, () => {
      const optional = this.#tokens.takeIf('?') !== undefined;
      const key = this.#expr();
      const colon = this.#tokens.expect(':', (next) => EXPR_START.has(next));
      entries.push({ id: this.#factory.idAt(colon.offset), key, value: this.#expr(), optional });
    });
    return { kind: 'map', id, entries };
  }

  /** Elements with commas between and perhaps one behind, up to the closer. */
  #sequence({ start, rest, close, element }: { start: ReadonlySet<TokenKind>; rest: ReadonlySet<TokenKind>; close: TokenKind; element: ReadonlySet<TokenKind> }, takeElement: () => void): void {
    this.#tokens.expectOneOf(start);
    while (element.has(this.#tokens.next.kind)) {
      takeElement();
      this.#tokens.expectOneOf(rest);
      if (this.#tokens.next.kind !== ',' || !element.has(this.#tokens.afterNext.kind)) break;
      this.#tokens.take();
    }
    this.#tokens.takeIf(',');
    this.#close(close);
  }

  /** An identifier, a call of a function, or a message literal, perhaps with a leading dot. */
  #named(): Expr {
    const dot = this.#tokens.takeIf('.');
    const name = this.#tokens.expect('IDENTIFIER', () => false);
    const written = `${dot === undefined ? '' : '.'}${name.text}`;
    if (this.#isStructLiteral()) return this.#struct(written);
    if (RESERVED.has(name.text)) this.#semantic.push({ offset: (dot ?? name).offset, message: `reserved identifier: ${name.text}` });
    const open = this.#tokens.takeIf('(');
    if (open === undefined) return { kind: 'ident', id: this.#factory.idAt(name.offset), name: written };
    const id = this.#factory.idAt(open.offset);
    return this.#callOrMacro(id, written, undefined, this.#arguments());
  }

  /** Whether `{` follows, directly or behind `.name` as often as one likes. */
  #isStructLiteral(): boolean {
    return this.#tokens.aheadAfterNames() === '{';
  }

  #struct(first: string): Expr {
    let typeName = first;
    while (this.#tokens.takeIf('.') !== undefined) typeName += `.${this.#tokens.take().text}`;
    const id = this.#factory.idAt(this.#tokens.take().offset);
    const fields: StructField[] = [];
    this.#sequence({ start: STRUCT_START, rest: MAP_REST, close: '}', element: new Set([...FIELD_NAME, '?']) }, () => {
      const optional = this.#tokens.takeIf('?') !== undefined;
      this.#tokens.expectOneOf(FIELD_NAME);
      const name = this.#tokens.take();
      const colon = this.#tokens.expect(':', (next) => EXPR_START.has(next));
      fields.push({ id: this.#factory.idAt(colon.offset), name: name.text, value: this.#expr(), optional });
    });
    return { kind: 'struct', id, typeName, fields };
  }

  #constant(): Expr {
    const sign = this.#tokens.takeIf('-');
    const token = this.#tokens.take();
    const offset = (sign ?? token).offset;
    try {
      return this.#literal(offset, literalValue(`${sign === undefined ? '' : '-'}${token.text}`, token.kind));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#semantic.push({ offset, message: error.message });
      return this.#literal(offset, null);
    }
  }

  #literal(offset: number, value: Value): Expr {
    return { kind: 'literal', id: this.#factory.idAt(offset), value };
  }

  #callOrMacro(id: number, name: string, target: Expr | undefined, args: Expr[]): Expr {
    try {
      return this.#expanded(id, name, target, args) ?? { kind: 'call', id, name, target, args };
    } catch (error) {
      if (!(error instanceof MacroFault)) throw error;
      this.#semantic.push({ offset: this.#factory.offsetOf(error.at ?? id), message: error.message });
      return this.#literal(this.#factory.offsetOf(id), null);
    }
  }

  #expanded(id: number, name: string, target: Expr | undefined, args: readonly Expr[]): Expr | undefined {
    const make = new MacroFactory(this.#factory, this.#factory.offsetOf(id));
    const [only] = args;
    if (target === undefined) return name === 'has' && args.length === 1 && only !== undefined ? expandHas(make, only) : undefined;
    return this.#macros.get(`${name}/${args.length}`)?.(make, target, args);
  }
}

function call(id: number, name: string, ...args: Expr[]): CallExpr {
  return { kind: 'call', id, name, target: undefined, args };
}

function balanced(name: string, terms: readonly Expr[], ids: readonly number[]): Expr {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return only;
  const middle = Math.ceil(ids.length / 2) - 1;
  return call(ids[middle] ?? 0, name, balanced(name, terms.slice(0, middle + 1), ids.slice(0, middle)), balanced(name, terms.slice(middle + 1), ids.slice(middle + 1)));
}

/** @throws RangeError with the fault's message */
function literalValue(text: string, kind: TokenKind): Value {
  switch (kind) {
    case 'NUM_INT': return checkedInteger(text, -(2n ** 63n), 2n ** 63n - 1n, 'invalid int literal');
    case 'NUM_UINT': return new Uint(checkedInteger(text.slice(0, -1), 0n, 2n ** 64n - 1n, 'invalid uint literal'));
    case 'NUM_FLOAT': return checkedDouble(text);
    case 'STRING': return unquoteString(text);
    case 'BYTES': return unquoteBytes(text);
    case 'true': return true;
    case 'false': return false;
    default: return null;
  }
}

function checkedInteger(text: string, least: bigint, most: bigint, fault: string): bigint {
  const negative = text.startsWith('-');
  const value = BigInt(negative ? text.slice(1) : text) * (negative ? -1n : 1n);
  if (value < least || value > most) throw new RangeError(fault);
  return value;
}

function checkedDouble(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RangeError('invalid double literal');
  return value;
}

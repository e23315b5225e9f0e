import type { Value } from '../values/value.ts';
import { ACCUMULATOR, type CallExpr, type ComprehensionExpr, type Expr, type IdentExpr, type ListExpr, type LiteralExpr } from './ast.ts';

/** Makes nodes with ids of their own and remembers where each stands. */
export class ExprFactory {
  readonly positions: Map<number, number> = new Map();
  #last = 0;

  idAt(offset: number): number {
    this.positions.set(++this.#last, offset);
    return this.#last;
  }

  offsetOf(id: number): number {
    return this.positions.get(id) ?? 0;
  }
}

/** What macros build with: every node they make stands where the macro was called. */
export class MacroFactory {
  readonly #factory: ExprFactory;
  readonly #offset: number;

  constructor(factory: ExprFactory, offset: number) {
    this.#factory = factory;
    this.#offset = offset;
  }

  literal(value: Value): LiteralExpr {
    return { kind: 'literal', id: this.#id(), value };
  }

  ident(name: string): IdentExpr {
    return { kind: 'ident', id: this.#id(), name };
  }

  accumulator(): IdentExpr {
    return this.ident(ACCUMULATOR);
  }

  call(name: string, ...args: Expr[]): CallExpr {
    return { kind: 'call', id: this.#id(), name, target: undefined, args };
  }

  memberCall(name: string, target: Expr, ...args: Expr[]): CallExpr {
    return { kind: 'call', id: this.#id(), name, target, args };
  }

  list(...elements: Expr[]): ListExpr {
    return { kind: 'list', id: this.#id(), elements, optional: new Set() };
  }

  emptyMap(): Expr {
    return { kind: 'map', id: this.#id(), entries: [] };
  }

  presenceTest(operand: Expr, field: string): Expr {
    return { kind: 'select', id: this.#id(), operand, field, test: true };
  }

  fold(parts: Omit<ComprehensionExpr, 'kind' | 'id' | 'accuVar' | 'iterVar2'> & { accuVar?: string; iterVar2?: string | undefined }): ComprehensionExpr {
    return { kind: 'comprehension', id: this.#id(), accuVar: ACCUMULATOR, ...parts, iterVar2: parts.iterVar2 };
  }

  /** The same expression with ids of its own, at the same places. */
  copy(expr: Expr): Expr {
    const id = this.#factory.idAt(this.#factory.offsetOf(expr.id));
    switch (expr.kind) {
      case 'literal': case 'ident': return { ...expr, id };
      case 'select': return { ...expr, id, operand: this.copy(expr.operand) };
      case 'call': return { ...expr, id, target: expr.target && this.copy(expr.target), args: expr.args.map((arg) => this.copy(arg)) };
      case 'list': return { ...expr, id, elements: expr.elements.map((element) => this.copy(element)) };
      case 'map': return { ...expr, id, entries: expr.entries.map((entry) => ({ ...entry, id: this.#id(), key: this.copy(entry.key), value: this.copy(entry.value) })) };
      case 'struct': return { ...expr, id, fields: expr.fields.map((field) => ({ ...field, id: this.#id(), value: this.copy(field.value) })) };
      case 'comprehension': return {
        ...expr, id, range: this.copy(expr.range), accuInit: this.copy(expr.accuInit), condition: this.copy(expr.condition), step: this.copy(expr.step), result: this.copy(expr.result),
      };
    }
  }

  #id(): number {
    return this.#factory.idAt(this.#offset);
  }
}

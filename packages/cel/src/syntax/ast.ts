import type { Value } from '../values/value.ts';

/** A node of an expression. `id` is unique in its expression; positions and types are kept by id. */
export type Expr = LiteralExpr | IdentExpr | SelectExpr | CallExpr | ListExpr | MapExpr | StructExpr | ComprehensionExpr;

export interface LiteralExpr { kind: 'literal'; id: number; value: Value }
export interface IdentExpr { kind: 'ident'; id: number; name: string }
/** `operand.field`, or with `test` the question whether it is there. */
export interface SelectExpr { kind: 'select'; id: number; operand: Expr; field: string; test: boolean }
/** Operators are calls as well: `_+_`, `!_`, `_?_:_`, `_[_]`, `_[?_]`, `_?._`. */
export interface CallExpr { kind: 'call'; id: number; name: string; target: Expr | undefined; args: Expr[] }
export interface ListExpr { kind: 'list'; id: number; elements: Expr[]; optional: ReadonlySet<number> }
export interface MapExpr { kind: 'map'; id: number; entries: MapEntry[] }
export interface MapEntry { id: number; key: Expr; value: Expr; optional: boolean }
export interface StructExpr { kind: 'struct'; id: number; typeName: string; fields: StructField[] }
export interface StructField { id: number; name: string; value: Expr; optional: boolean }

/** What macros become: a fold over a list's items, a map's keys, or with a second variable over index or key and value. */
export interface ComprehensionExpr {
  kind: 'comprehension';
  id: number;
  range: Expr;
  iterVar: string;
  iterVar2: string | undefined;
  accuVar: string;
  accuInit: Expr;
  condition: Expr;
  step: Expr;
  result: Expr;
}

export interface ParsedExpression {
  text: string;
  root: Expr;
  /** Where each node stands, in code points, by id. */
  positions: ReadonlyMap<number, number>;
}

/** The name under which folds keep their result; not writable by users. */
export const ACCUMULATOR = '@result';

/** `a.b.c` as one name, when the expression is nothing else. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.test) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}

import type { CheckedExpression } from '../check/checker.ts';
import type { CallExpr, ComprehensionExpr, Expr, SelectExpr } from '../syntax/ast.ts';
import { ACCUMULATOR } from '../syntax/ast.ts';
import { dynType, unwrapOptional, type CelType } from '../types/cel-type.ts';
import { sizeOf } from '../values/type-of.ts';
import { estimateCall, type CallEstimate } from './call-estimates.ts';
import { add, exactly, multiply, NOTHING, ONE, type Range, union, UNKNOWN } from './range.ts';
import { LIST_COST, MAP_COST, STRUCT_COST } from './units.ts';

/** A value whose size is asked for: where it comes from (`self`, `spec`, `@items`; undefined when computed) and its type. */
export interface SizedNode {
  path: readonly string[] | undefined;
  type: CelType;
}

/** How large a value can be, from its declaration; undefined when that says nothing. */
export type SizeHint = (node: SizedNode) => Range | undefined;

/** What each evaluation can cost, before any value is known: how CRDs with too expensive rules are found. The rules are cel-go's and Kubernetes'. */
export function estimateCost(checked: CheckedExpression, hint: SizeHint): Range {
  return new Estimator(checked, hint).cost(checked.root);
}

/** Sizes of keys (or indices) and values of a container. */
export interface EntrySizes { container: 'list' | 'map'; key: Range; value: Range }

interface Local { path: readonly string[]; size: Range | undefined; entries: EntrySizes | undefined }

/** Walks an expression once; sizes found on the way are kept by node. */
export class Estimator {
  readonly #checked: CheckedExpression;
  readonly hint: SizeHint;
  readonly #paths: Map<number, readonly string[]> = new Map();
  readonly #sizes: Map<number, Range> = new Map();
  readonly #entries: Map<number, EntrySizes> = new Map();
  readonly #locals: Map<string, Local[]> = new Map();

  constructor(checked: CheckedExpression, hint: SizeHint) {
    this.#checked = checked;
    this.hint = hint;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal': return NOTHING;
      case 'ident': return this.#identCost(expr.id, expr.name);
      case 'select': return this.#selectCost(expr);
      case 'call': return this.#callCost(expr);
      case 'list': return this.#listCost(expr.id, expr.elements);
      case 'map': return this.#mapCost(expr.id, expr.entries);
      case 'struct': return add(...expr.fields.map(({ value }) => this.cost(value)), exactly(STRUCT_COST));
      case 'comprehension': return isBinding(expr) ? this.#bindingCost(expr) : this.#foldCost(expr);
    }
  }

  typeOf(expr: Expr): CelType {
    return this.#checked.types.get(expr.id) ?? dynType;
  }

  /** Where a value comes from; undefined when it was computed. */
  pathOf(expr: Expr): readonly string[] | undefined {
    const path = this.#pathOf(expr);
    return path.length === 0 || path[0] === ACCUMULATOR ? undefined : path;
  }

  sizeOrUnknown(expr: Expr): Range {
    return this.size(expr) ?? UNKNOWN;
  }

  /** How large a value can be, as far as anything tells. */
  size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr.id) ?? literalSize(expr);
    if (known !== undefined) return known;
    const type = this.typeOf(expr);
    const hinted = this.hint({ path: this.#pathOf(expr), type });
    if (hinted !== undefined) {
      this.#sizes.set(expr.id, hinted);
      return hinted;
    }
    return scalarSize(type) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined);
  }

  entriesOf(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr.id) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined);
  }

  keepEntries(expr: Expr, entries: EntrySizes | undefined): void {
    if (entries !== undefined) this.#entries.set(expr.id, entries);
  }

  #keepSize(expr: Expr, size: Range | undefined): void {
    if (size !== undefined) this.#sizes.set(expr.id, size);
  }

  #pathOf(expr: Expr): readonly string[] {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr.id) ?? [];
  }

  #identCost(id: number, name: string): Range {
    this.#paths.set(id, this.#local(name)?.path ?? [name]);
    return ONE;
  }

  #selectCost(expr: SelectExpr): Range {
    const qualified = this.#checked.qualified.get(expr.id);
    if (qualified !== undefined) return this.#identCost(expr.id, qualified);
    const operand = this.cost(expr.operand);
    if (expr.test) return operand;
    this.#paths.set(expr.id, [...this.#pathOf(expr.operand), expr.field]);
    return ['map', 'struct', 'param'].includes(this.typeOf(expr.operand).kind) ? add(operand, ONE) : operand;
  }

  #callCost(expr: CallExpr): Range {
    if (expr.name === 'dyn' && expr.target === undefined && expr.args[0] !== undefined) return this.#dynCost(expr, expr.args[0]);
    const argCosts = expr.args.map((arg) => this.cost(arg));
    const targetCost = expr.target === undefined ? NOTHING : this.cost(expr.target);
    const overloads = this.#checked.overloads.get(expr.id) ?? [];
    let cost: Range | undefined;
    let size: Range | undefined;
    for (const { id } of overloads) {
      const estimate: CallEstimate = estimateCall(this, { call: expr, overload: id, argCosts });
      cost = cost === undefined ? estimate.cost : union(cost, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size);
      size = this.#indexed(expr, id) ?? size ?? this.size(expr);
    }
    this.#keepSize(expr, size);
    return add(targetCost, cost ?? NOTHING);
  }

  /** Follows the path into a container; gives the size of what is in there when it is known. */
  #indexed(expr: CallExpr, overload: string): Range | undefined {
    const [container] = expr.args;
    if (container === undefined || (overload !== 'index_list' && overload !== 'index_map')) return undefined;
    this.#paths.set(expr.id, [...this.#pathOf(container), overload === 'index_list' ? '@items' : '@values']);
    return this.entriesOf(container)?.value;
  }

  #dynCost(expr: CallExpr, arg: Expr): Range {
    const cost = this.cost(arg);
    this.#copySizes(expr, arg);
    return add(ONE, cost);
  }

  #copySizes(to: Expr, from: Expr): void {
    this.#keepSize(to, this.size(from));
    this.keepEntries(to, this.entriesOf(from));
  }

  #listCost(id: number, elements: readonly Expr[]): Range {
    const costs = elements.map((element) => this.cost(element));
    this.#entries.set(id, { container: 'list', key: ONE, value: this.#sizesOf(elements) });
    return add(...costs, exactly(LIST_COST));
  }

  #mapCost(id: number, entries: readonly { key: Expr; value: Expr }[]): Range {
    const costs = entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    this.#entries.set(id, { container: 'map', key: this.#sizesOf(entries.map(({ key }) => key)), value: this.#sizesOf(entries.map(({ value }) => value)) });
    return add(...costs, exactly(MAP_COST));
  }

  #sizesOf(parts: readonly Expr[]): Range {
    return parts.length === 0 ? NOTHING : parts.map((part) => this.sizeOrUnknown(part)).reduce(union);
  }

  #foldCost(expr: ComprehensionExpr): Range {
    const before = add(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, this.#localOf(expr.accuInit));
    for (const [name, local] of this.#iterated(expr)) this.#push(name, local);
    const round = add(this.cost(expr.condition), this.cost(expr.step));
    for (const [name] of this.#iterated(expr)) this.#pop(name);
    const result = this.cost(expr.result);
    this.#pop(expr.accuVar);
    const rounds = this.sizeOrUnknown(expr.range);
    if (expr.accuInit.kind === 'literal') this.#keepSize(expr, this.size(expr.accuInit));
    else if (expr.accuInit.kind === 'list' || expr.accuInit.kind === 'map') {
      this.#keepSize(expr, rounds);
      this.keepEntries(expr, this.entriesOf(expr.step));
    }
    return add(before, result, multiply(rounds, round));
  }

  #iterated(expr: ComprehensionExpr): [string, Local][] {
    const entries = this.entriesOf(expr.range);
    const isList = (entries?.container ?? this.typeOf(expr.range).kind) === 'list';
    const path = this.#pathOf(expr.range);
    const at = (part: string, size: Range | undefined): Local => ({ path: [...path, part], size, entries: undefined });
    if (expr.iterVar2 !== undefined) return [[expr.iterVar, at(isList ? '@indices' : '@keys', entries?.key)], [expr.iterVar2, at(isList ? '@items' : '@values', entries?.value)]];
    return [[expr.iterVar, isList ? at('@items', entries?.value) : at('@keys', entries?.key)]];
  }

  #bindingCost(expr: ComprehensionExpr): Range {
    const before = add(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, this.#localOf(expr.accuInit));
    const result = this.cost(expr.result);
    this.#copySizes(expr, expr.result);
    this.#pop(expr.accuVar);
    return add(before, result);
  }

  #localOf(expr: Expr): Local {
    return { path: this.#pathOf(expr), size: this.size(expr), entries: this.entriesOf(expr) };
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    this.#locals.set(name, [...this.#locals.get(name) ?? [], local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }
}

/** A variable that a macro bound: a fold that never runs. */
function isBinding({ range, condition, accuVar }: ComprehensionExpr): boolean {
  return range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false && accuVar !== ACCUMULATOR;
}

function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return exactly(expr.elements.length);
  if (expr.kind === 'map') return exactly(expr.entries.length);
  return expr.kind === 'literal' ? exactly(sizeOf(expr.value) ?? 1) : undefined;
}

function scalarSize(type: CelType): Range | undefined {
  const inner = unwrapOptional(type);
  if (inner !== undefined) return scalarSize(inner);
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(type.kind) ? ONE : undefined;
}

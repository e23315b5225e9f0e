import type { CallExpr, Expr, ListExpr, MapExpr, ParsedExpression } from '../syntax/ast.ts';
import type { SourceFault } from '../syntax/source.ts';
import { parseDurationNanos, parseTimestamp } from '../values/time-text.ts';
import { patternFault } from '../library/format-text.ts';
import { compileRegex } from '../library/regex-cache.ts';
import { formatType, sameType, type CelType } from '../types/cel-type.ts';
import type { Value } from '../values/value.ts';

/** What can be refused before anything is evaluated: literal arguments that no call accepts. */
export function literalFaults({ root, positions }: ParsedExpression, types: ReadonlyMap<number, CelType>): SourceFault[] {
  const faults: { at: number; message: string }[] = [];
  visit(root, (expr) => { if (expr.kind === 'call') faults.push(...argumentFaults(expr), ...patternFaults(expr)); });
  visitAggregates(root, (parts) => faults.push(...mixedTypes(parts, types)));
  return faults.map(({ at, message }) => ({ offset: positions.get(at) ?? 0, message }));
}

interface LiteralFault { at: number; message: string }

const ACCEPTED: ReadonlyMap<string, (value: Value) => boolean> = new Map<string, (value: Value) => boolean>([
  ['duration', (value) => typeof value === 'string' && parseDurationNanos(value) !== undefined],
  ['timestamp', (value) => typeof value !== 'string' || parseTimestamp(value) !== undefined],
  ['matches', (value) => typeof value !== 'string' || typeof compileRegex(value) !== 'string'],
]);

function argumentFaults({ name, args: [arg] }: CallExpr): LiteralFault[] {
  const accepts = ACCEPTED.get(name);
  return accepts === undefined || arg?.kind !== 'literal' || accepts(arg.value) ? [] : [{ at: arg.id, message: `invalid ${name} argument` }];
}

function patternFaults({ id, name, target, args: [values] }: CallExpr): LiteralFault[] {
  if (name !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string' || values?.kind !== 'list') return [];
  const message = patternFault(target.value, values.elements.length);
  return message === undefined ? [] : [{ at: id, message }];
}

/** All of a list, or all keys or values of a map, have one type; what `format` is given may be mixed. */
function visitAggregates(expr: Expr, each: (parts: readonly Expr[]) => void): void {
  if (expr.kind === 'call' && expr.name === 'format') return;
  for (const parts of aggregatesOf(expr)) each(parts);
  for (const child of childrenOf(expr)) visitAggregates(child, each);
}

function aggregatesOf(expr: Expr): readonly (readonly Expr[])[] {
  if (expr.kind === 'list') return [plainElements(expr)];
  return expr.kind === 'map' ? [expr.entries.map(({ key }) => key), plainValues(expr)] : [];
}

function plainElements({ elements, optional }: ListExpr): Expr[] {
  return elements.filter((_, i) => !optional.has(i));
}

function plainValues({ entries }: MapExpr): Expr[] {
  return entries.filter(({ optional }) => !optional).map(({ value }) => value);
}

function mixedTypes([first, ...rest]: readonly Expr[], types: ReadonlyMap<number, CelType>): LiteralFault[] {
  const wanted = first && types.get(first.id);
  const odd = wanted && rest.find(({ id }) => !sameType(types.get(id) ?? wanted, wanted));
  if (wanted === undefined || odd === undefined) return [];
  return [{ at: odd.id, message: `expected type '${formatType(wanted)}' but found '${formatType(types.get(odd.id) ?? wanted)}'` }];
}

/** Calls `each` for a node and all below it, children first to last. */
export function visit(expr: Expr, each: (expr: Expr) => void): void {
  each(expr);
  for (const child of childrenOf(expr)) visit(child, each);
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal': case 'ident': return [];
    case 'select': return [expr.operand];
    case 'call': return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list': return expr.elements;
    case 'map': return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct': return expr.fields.map(({ value }) => value);
    case 'comprehension': return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result];
  }
}

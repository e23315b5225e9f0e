import type { CallExpr, Expr } from '../syntax/ast.ts';
import { sameType } from '../types/cel-type.ts';
import type { Estimator } from './estimate.ts';
import { add, exactly, MOST, multiply, ONE, type Range, scale, union } from './range.ts';
import { estimateKubernetesCall } from './library-estimates.ts';
import { PER_CHARACTER, PER_REGEX_CHARACTER } from './units.ts';

/** What one call can cost, and how large its result can be where that is worth knowing. */
export interface CallEstimate { cost: Range; size?: Range | undefined }

export interface EstimatedCall {
  call: CallExpr;
  overload: string;
  argCosts: readonly Range[];
}

/** Cost of a call with its arguments, without its target. */
export function estimateCall(estimator: Estimator, of: EstimatedCall): CallEstimate {
  const args = add(...of.argCosts);
  const special = estimateKubernetesCall(estimator, of);
  if (special !== undefined) return { cost: add(special.cost, args), size: special.size };
  const rule = RULES.get(of.overload) ?? (ORDER.test(of.overload) ? comparing : undefined);
  return rule?.(estimator, of, args) ?? { cost: add(ONE, args) };
}

type Rule = (estimator: Estimator, of: EstimatedCall, args: Range) => CallEstimate | undefined;

const ORDER = /^(less|greater)(_equals)?_(string|bytes)$/;

/** Standard functions that cost more than 1, by overload. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['string_format', (estimator, { call }, args) => call.target && { cost: add(scale(estimator.sizeOrUnknown(call.target), PER_CHARACTER), args) }],
  ['string_to_bytes', converting((size) => ({ min: size.min, max: size.max * 4 }))],
  ['bytes_to_string', converting((size) => ({ min: size.min / 4, max: size.max }))],
  ['strings_quote', converting((size) => ({ min: size.min + 2, max: size.max * 2 + 2 }))],
  ['starts_with_string', readingArgument], ['ends_with_string', readingArgument],
  ['in_list', (estimator, { call: { args: [, list] } }, args) => list && { cost: add(estimator.sizeOrUnknown(list), args) }],
  ['matches_string', (estimator, { call }, args) => whenBoth(call, (text, pattern) => ({
    cost: add(multiply(scale(add(estimator.sizeOrUnknown(text), ONE), PER_CHARACTER), scale(estimator.sizeOrUnknown(pattern), PER_REGEX_CHARACTER)), args),
  }))],
  ['contains_string', (estimator, { call }, args) => whenBoth(call, (text, part) => ({
    cost: add(multiply(scale(estimator.sizeOrUnknown(text), PER_CHARACTER), scale(estimator.sizeOrUnknown(part), PER_CHARACTER)), args),
  }))],
  ['logical_or', logic], ['logical_and', logic],
  ['conditional', conditional],
  ['add_string', joining], ['add_bytes', joining], ['add_list', joining],
  ['equals', comparing], ['not_equals', comparing],
]);

function converting(resultSize: (size: Range) => Range): Rule {
  return (estimator, { call: { args: [value] } }, args) => {
    if (value === undefined) return undefined;
    const size = estimator.sizeOrUnknown(value);
    const { min, max } = resultSize(size);
    return { cost: add(scale(size, PER_CHARACTER), args), size: { min: Math.min(min, MOST), max: Math.min(max, MOST) } };
  };
}

function readingArgument(estimator: Estimator, { call: { args: [value] } }: EstimatedCall, args: Range): CallEstimate | undefined {
  return value && { cost: add(scale(estimator.sizeOrUnknown(value), PER_CHARACTER), args) };
}

function whenBoth({ target, args: [arg] }: CallExpr, then: (target: Expr, arg: Expr) => CallEstimate): CallEstimate | undefined {
  return target !== undefined && arg !== undefined ? then(target, arg) : undefined;
}

/** The first operand may decide alone. */
function logic(_estimator: Estimator, { argCosts: [left = ONE] }: EstimatedCall, args: Range): CallEstimate {
  return { cost: { min: left.min, max: args.max } };
}

function conditional(estimator: Estimator, { call, argCosts: [condition = ONE, whenTrue = ONE, whenFalse = ONE] }: EstimatedCall): CallEstimate | undefined {
  const [, a, b] = call.args;
  if (a === undefined || b === undefined) return undefined;
  keepBoth(estimator, call, a, b);
  return { cost: add(condition, union(whenTrue, whenFalse)), size: union(estimator.sizeOrUnknown(a), estimator.sizeOrUnknown(b)) };
}

function joining(estimator: Estimator, { call, overload }: EstimatedCall, args: Range): CallEstimate | undefined {
  const [a, b] = call.args;
  if (a === undefined || b === undefined) return undefined;
  const size = add(estimator.sizeOrUnknown(a), estimator.sizeOrUnknown(b));
  keepBoth(estimator, call, a, b);
  return { cost: add(overload === 'add_list' ? ONE : scale(size, PER_CHARACTER), args), size };
}

function keepBoth(estimator: Estimator, call: CallExpr, a: Expr, b: Expr): void {
  const [first, second] = [estimator.entriesOf(a), estimator.entriesOf(b)];
  if (first !== undefined && second !== undefined) estimator.keepEntries(call, { container: first.container, key: union(first.key, second.key), value: union(first.value, second.value) });
}

function comparing(estimator: Estimator, { call: { args: [a, b] } }: EstimatedCall, args: Range): CallEstimate | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (sameType(estimator.typeOf(a), estimator.typeOf(b)) && isOpaqueStruct(estimator.typeOf(a).name)) return { cost: add(exactly(1), args) };
  const shorter = Math.min(estimator.sizeOrUnknown(a).max, estimator.sizeOrUnknown(b).max);
  return { cost: add(scale({ min: shorter > 0 ? 1 : 0, max: shorter }, PER_CHARACTER), args) };
}

/** Types of Kubernetes' library, compared at once. */
function isOpaqueStruct(name: string): boolean {
  return name.startsWith('kubernetes.') || name === 'net.IP' || name === 'net.CIDR';
}

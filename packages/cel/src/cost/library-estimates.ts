import type { Expr } from '../syntax/ast.ts';
import type { CelType } from '../types/cel-type.ts';
import type { CallEstimate, EstimatedCall } from './call-estimates.ts';
import type { Estimator } from './estimate.ts';
import { add, exactly, MOST, multiply, ONE, type Range, scale, UNKNOWN } from './range.ts';
import { LIST_COST, PER_CHARACTER, PER_REGEX_CHARACTER, STRUCT_COST } from './units.ts';

type Rule = (estimator: Estimator, of: EstimatedCall) => CallEstimate | undefined;

const CHECK_COST = 350_000;
const LONGEST_FORMAT_REGEX = 128; // characters
const ADDRESS_BYTES: Range = { min: 4, max: 16 };

/** What calls of Kubernetes' own library and of CEL's list and set extensions cost, arguments not counted; undefined for all others. */
export function estimateKubernetesCall(estimator: Estimator, of: EstimatedCall): CallEstimate | undefined {
  return (BY_OVERLOAD.get(of.overload) ?? (SORT.test(of.overload) ? sorting : BY_NAME.get(of.call.name)))?.(estimator, of);
}

const SORT = /^list_\w+_(sort|sortByAssociatedKeys)$/;

const BY_OVERLOAD: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['list_slice', (estimator, { call }) => withTarget(call.target, (target) => allocating(1, exactly(Math.max(0, intOf(call.args[1], estimator.sizeOrUnknown(target).max) - intOf(call.args[0], 0)))))],
  ['list_flatten', (estimator, { call }) => withTarget(call.target, (target) => allocating(1, estimator.sizeOrUnknown(target)))],
  ['list_flatten_int', (estimator, { call }) => withTarget(call.target, (target) => allocating(intOf(call.args[0], MOST), estimator.sizeOrUnknown(target)))],
  ['lists_range', (_estimator, { call }) => allocating(1, exactly(intOf(call.args[0], MOST)))],
  ['list_reverse', (estimator, { call }) => withTarget(call.target, (target) => allocating(1, estimator.sizeOrUnknown(target)))],
  ['list_distinct', (estimator, { call }) => withTarget(call.target, (target) => squared(estimator.sizeOrUnknown(target), 2))],
  ['list_sets_contains_list', pairs(1)], ['list_sets_intersects_list', pairs(1)], ['list_sets_equivalent_list', pairs(2)],
  ['cidr_ip', nominal],
]);

const BY_NAME: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['check', () => ({ cost: exactly(CHECK_COST) })],
  ...['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored', 'format.named',
    'masked', 'prefixLength', 'family', 'isUnspecified', 'isLoopback', 'isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast',
    'sign', 'asInteger', 'isInteger', 'asApproximateFloat', 'isGreaterThan', 'isLessThan', 'compareTo', 'add', 'sub', 'major', 'minor', 'patch',
    'getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery'].map((name): [string, Rule] => [name, nominal]),
  ['fieldSelector', selector], ['labelSelector', selector],
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map((name): [string, Rule] => [name, traversing]),
  ['url', keepingArgument], ['jsonpatch.escapeKey', keepingArgument],
  ...['lowerAscii', 'upperAscii', 'substring', 'trim'].map((name): [string, Rule] => [name, keepingTarget]),
  ['replace', replacing], ['split', splitting], ['join', joining], ['find', finding], ['findAll', finding],
  ...['cidr', 'isIP', 'isCIDR', 'ip', 'quantity', 'isQuantity', 'semver', 'isSemver'].map((name): [string, Rule] => [name, reading(1)]),
  ['ip.isCanonical', reading(2)],
  ['validate', (estimator, { call: { args: [text] } }) => text && { cost: scale(scale(estimator.sizeOrUnknown(text), PER_CHARACTER), LONGEST_FORMAT_REGEX * PER_REGEX_CHARACTER) }],
  ['containsIP', (estimator, of) => containing(estimator, of, scale(add(ADDRESS_BYTES, ADDRESS_BYTES), PER_CHARACTER))],
  ['containsCIDR', (estimator, of) => containing(estimator, of, add(scale(add(ADDRESS_BYTES, ADDRESS_BYTES), PER_CHARACTER), scale(ADDRESS_BYTES, PER_CHARACTER), ONE))],
]);

function withTarget(target: Expr | undefined, then: (target: Expr) => CallEstimate): CallEstimate | undefined {
  return target === undefined ? undefined : then(target);
}

function nominal(): CallEstimate {
  return { cost: ONE };
}

function reading(times: number): Rule {
  return (estimator, { call: { args: [text] } }) => text && { cost: scale(estimator.sizeOrUnknown(text), times * PER_CHARACTER) };
}

function keepingArgument(estimator: Estimator, { call: { args: [text] } }: EstimatedCall): CallEstimate | undefined {
  return text && keeping(estimator.sizeOrUnknown(text));
}

function keepingTarget(estimator: Estimator, { call }: EstimatedCall): CallEstimate | undefined {
  return withTarget(call.target, (target) => keeping(estimator.sizeOrUnknown(target)));
}

function keeping(size: Range): CallEstimate {
  return { cost: scale(size, PER_CHARACTER), size };
}

/** A selector is read once and becomes at most one requirement every two characters. */
function selector(estimator: Estimator, { call: { args: [text] } }: EstimatedCall): CallEstimate | undefined {
  if (text === undefined) return undefined;
  const size = estimator.sizeOrUnknown(text);
  return { cost: add(exactly(LIST_COST), scale(size, PER_CHARACTER), scale(scale(size, 0.5), LIST_COST + STRUCT_COST)) };
}

function traversing(estimator: Estimator, { call }: EstimatedCall): CallEstimate | undefined {
  return withTarget(call.target, (target) => {
    const element = elementOf(estimator, target);
    if (element === undefined) return { cost: scale(estimator.sizeOrUnknown(target), PER_CHARACTER) };
    const isText = element.type.kind === 'string' || element.type.kind === 'bytes';
    return { cost: multiply(estimator.sizeOrUnknown(target), isText ? add(ONE, scale(element.size, PER_CHARACTER)) : ONE) };
  });
}

/** Type and size of the items of a list; undefined when it is no list. */
function elementOf(estimator: Estimator, list: Expr): { type: CelType; size: Range } | undefined {
  const [type] = estimator.typeOf(list).params;
  if (type === undefined) return undefined;
  const path = estimator.pathOf(list);
  return { type, size: estimator.hint({ path: path && [...path, '@items'], type }) ?? UNKNOWN };
}

function replacing(estimator: Estimator, { call: { target, args: [from, to] } }: EstimatedCall): CallEstimate | undefined {
  if (target === undefined || from === undefined || to === undefined) return undefined;
  const text = estimator.sizeOrUnknown(target);
  const [old, fresh] = [estimator.sizeOrUnknown(from), estimator.sizeOrUnknown(to)];
  const longest = replacements({ text: text.max, old: old.min, pays: fresh.max > old.min });
  const shortest = replacements({ text: text.min, old: old.max, pays: old.max > fresh.min });
  const size = add(multiply({ min: shortest.count, max: longest.count }, fresh), { min: shortest.kept, max: longest.kept });
  return { cost: scale(text, 2 * PER_CHARACTER), size };
}

/** How often something is replaced at the extreme, and how much of the text stays: replacing nothing (`''`) puts something around every character. */
function replacements({ text, old, pays }: { text: number; old: number; pays: boolean }): { count: number; kept: number } {
  if (old === 0) return { count: Math.min(text + 1, MOST), kept: text };
  return pays ? { count: Math.ceil(text / old), kept: 0 } : { count: 0, kept: text };
}

function splitting(estimator: Estimator, { call: { target, args } }: EstimatedCall): CallEstimate | undefined {
  return withTarget(target, (text) => {
    const size = estimator.sizeOrUnknown(text);
    return { cost: scale(size, 2 * PER_CHARACTER), size: { min: 0, max: args[1] === undefined ? size.max : intOf(args[1], size.max) } };
  });
}

function joining(estimator: Estimator, { call: { target, args: [separator] } }: EstimatedCall): CallEstimate | undefined {
  return withTarget(target, (list) => {
    const count = estimator.sizeOrUnknown(list);
    const element = elementOf(estimator, list);
    const items = element === undefined ? exactly(0) : multiply(count, element.size);
    const between = { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) };
    const size = separator === undefined ? items : add(items, multiply(estimator.sizeOrUnknown(separator), between));
    return { cost: scale(size, PER_CHARACTER), size };
  });
}

function finding(estimator: Estimator, { call: { target, args: [pattern] } }: EstimatedCall): CallEstimate | undefined {
  if (target === undefined || pattern === undefined) return undefined;
  const size = estimator.sizeOrUnknown(target);
  const cost = multiply(scale(add(size, ONE), PER_CHARACTER), scale(estimator.sizeOrUnknown(pattern), PER_REGEX_CHARACTER));
  return { cost, size: { min: 0, max: size.max } };
}

/** An address given as text has to be read first. */
function containing(estimator: Estimator, { call: { args: [other] }, overload }: EstimatedCall, base: Range): CallEstimate | undefined {
  if (other === undefined) return undefined;
  return { cost: overload.endsWith('_string') ? add(base, scale(estimator.sizeOrUnknown(other), PER_CHARACTER)) : base };
}

function pairs(factor: number): Rule {
  return (estimator, { call: { args: [a, b] } }) => a && b && { cost: add(scale(multiply(estimator.sizeOrUnknown(a), estimator.sizeOrUnknown(b)), factor), ONE) };
}

/** Sorting compares each item with each; sortBy by the keys in its argument. */
function sorting(estimator: Estimator, { call, overload }: EstimatedCall): CallEstimate | undefined {
  const keys = overload.endsWith('_sort') ? call.target : call.args[0];
  return keys && squared(estimator.sizeOrUnknown(keys), /^list_(string|bytes)_/.test(overload) ? 2 + PER_CHARACTER : 2);
}

function squared(size: Range, factor: number): CallEstimate {
  return allocating(factor, multiply(size, size));
}

function allocating(factor: number, size: Range): CallEstimate {
  return { cost: add(scale(size, factor), ONE, exactly(LIST_COST)), size };
}

function intOf(expr: Expr | undefined, otherwise: number): number {
  return expr?.kind === 'literal' && typeof expr.value === 'bigint' ? Math.max(0, Number(expr.value)) : otherwise;
}

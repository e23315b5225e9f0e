import { formatFieldErrors, invalidValue, type FieldError } from '../validation/field-error.ts';
import { labelKeyFaults, labelValueFaults } from '../validation/label-rules.ts';
import { badRequest, type StatusError } from '../errors/status-error.ts';

/** Comparisons a selector may hold; `=` and `==` mean the same and are kept apart only to be written back as they came. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** None for `exists` and `!`, exactly one for the comparisons, sorted for sets. */
  readonly values: readonly string[];
}

/** All requirements have to hold; sorted by key. The empty selector selects everything. */
export type LabelSelector = readonly LabelRequirement[];

export type Labels = Readonly<Record<string, string>>;

export const everything: LabelSelector = Object.freeze([]);

/** Selects no object at all: one requirement that no labels can meet. */
export const nothing: LabelSelector = Object.freeze([Object.freeze({ key: '', operator: 'in', values: Object.freeze([]) })] as const);

/** The shape in which objects carry selectors (meta/v1 LabelSelector). */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | null | undefined }[] | undefined;
}

/** Whether labels meet every requirement. Absent labels count as empty. */
export function matchesLabels(selector: LabelSelector, labels: Labels | null | undefined): boolean {
  for (const requirement of selector) if (!meets(requirement, labels)) return false;
  return true;
}

function meets({ key, operator, values }: LabelRequirement, labels: Labels | null | undefined): boolean {
  const value = labels !== null && labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=': case '==': case 'in': return value !== undefined && values.includes(value);
    case '!=': case 'notin': return value === undefined || !values.includes(value);
    case 'exists': return value !== undefined;
    case '!': return value === undefined;
    case 'gt': case 'lt': return value !== undefined && compares(operator, value, values[0]);
  }
}

const INTEGER = /^[+-]?[0-9]+$/;

function compares(operator: 'gt' | 'lt', value: string, bound: string | undefined): boolean {
  if (bound === undefined || !isInt64(value) || !isInt64(bound)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

function isInt64(text: string): boolean {
  return INTEGER.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/**
 * A checked requirement. Values are neither sorted nor made unique here.
 * @throws StatusError 400 with the field errors that Kubernetes gives.
 */
export function labelRequirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const faults = [...keyFaults('key', key), ...countFaults(operator, values), ...values.flatMap((value, i) => valueFaults(key, value, i))];
  if (faults.length > 0) throw badRequest(formatFieldErrors(faults));
  return { key, operator, values };
}

/** Faults of a key; `path` is `<nil>` where Kubernetes has none. */
export function keyFaults(path: string, key: string): FieldError[] {
  const faults = labelKeyFaults(key);
  return faults.length === 0 ? [] : [invalidValue(path, key, faults.join('; '))];
}

function valueFaults(key: string, value: string, index: number): FieldError[] {
  const faults = labelValueFaults(value);
  return faults.length === 0 ? [] : [invalidValue(`values[${index}][${key}]`, value, faults.join('; '))];
}

function countFaults(operator: LabelOperator, values: readonly string[]): FieldError[] {
  const wrong = (detail: string): FieldError[] => [invalidValue('values', values, detail)];
  switch (operator) {
    case 'in': case 'notin': return values.length > 0 ? [] : wrong("for 'in', 'notin' operators, values set can't be empty");
    case '=': case '==': case '!=': return values.length === 1 ? [] : wrong('exact-match compatibility requires one single value');
    case 'exists': case '!': return values.length === 0 ? [] : wrong('values set must be empty for exists and does not exist');
    case 'gt': case 'lt': return [
      ...(values.length === 1 ? [] : wrong("for 'Gt', 'Lt' operators, exactly one value is required")),
      ...values.flatMap((value, i) => (isInt64(value) ? [] : [invalidValue(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer")])),
    ];
  }
}

const OBJECT_OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/**
 * The selector that an object's field means: absent selects nothing, empty everything.
 * @throws StatusError 400 for an unknown operator or values that are no labels.
 */
export function selectorFromLabelSelector(object: LabelSelectorObject | null | undefined): LabelSelector {
  if (object === null || object === undefined) return nothing;
  const requirements = Object.entries(object.matchLabels ?? {}).map(([key, value]) => labelRequirement(key, '=', [value]));
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const known = Object.hasOwn(OBJECT_OPERATORS, operator) ? OBJECT_OPERATORS[operator] : undefined;
    if (known === undefined) throw unknownOperator(operator);
    requirements.push(labelRequirement(key, known, values ?? []));
  }
  return sortByKey(requirements);
}

function unknownOperator(operator: string): StatusError {
  return badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
}

/** Selects what carries all of these labels; values are not checked. */
export function selectorFromLabels(labels: Labels | null | undefined): LabelSelector {
  return sortByKey(Object.entries(labels ?? {}).map(([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] })));
}

export function sortByKey(requirements: readonly LabelRequirement[]): LabelSelector {
  return [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The text that parses to the same selector; `nothing` has none and gives the empty text, as in Kubernetes. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector === nothing ? '' : selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const joined = [...values].sort().join(',');
  switch (operator) {
    case 'exists': return key;
    case '!': return `!${key}`;
    case 'in': case 'notin': return `${key} ${operator} (${joined})`;
    case 'gt': return `${key}>${joined}`;
    case 'lt': return `${key}<${joined}`;
    case '=': case '==': case '!=': return `${key}${operator}${joined}`;
  }
}

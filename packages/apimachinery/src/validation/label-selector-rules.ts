import type { LabelSelectorObject } from '../labels/label-selector.ts';
import { forbiddenField, invalidValue, required, type FieldError } from './field-error.ts';
import { labelKeyFaults, labelValueFaults } from './label-rules.ts';

export interface LabelSelectorRules {
  /** Set where an object that is already stored has such values. */
  allowInvalidValues?: boolean;
  allowUnknownOperators?: boolean;
}

/** Faults of a label selector inside an object; an absent one has none. */
export function validateLabelSelector(selector: LabelSelectorObject | null | undefined, path: string, rules: LabelSelectorRules = {}): FieldError[] {
  if (selector === null || selector === undefined) return [];
  const errors = validateLabels(selector.matchLabels, `${path}.matchLabels`);
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) errors.push(...validateExpression(expression, `${path}.matchExpressions[${i}]`, rules));
  return errors;
}

type Expression = NonNullable<LabelSelectorObject['matchExpressions']>[number];

function validateExpression({ key, operator, values }: Expression, path: string, { allowInvalidValues = false, allowUnknownOperators = false }: LabelSelectorRules): FieldError[] {
  const errors: FieldError[] = [];
  const count = values?.length ?? 0;
  if (operator === 'In' || operator === 'NotIn') {
    if (count === 0) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (count > 0) errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (!allowUnknownOperators) {
    errors.push(invalidValue(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  errors.push(...validateLabelKey(key ?? '', `${path}.key`));
  if (!allowInvalidValues) errors.push(...(values ?? []).flatMap((value, i) => labelValueFaults(value).map((fault) => invalidValue(`${path}.values[${i}]`, value, fault))));
  return errors;
}

export function validateLabelKey(key: string, path: string): FieldError[] {
  return labelKeyFaults(key).map((fault) => invalidValue(path, key, fault));
}

/** Faults of a set of labels; all stand at the set's own path. */
export function validateLabels(labels: Readonly<Record<string, string>> | null | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...validateLabelKey(key, path), ...labelValueFaults(value).map((fault) => invalidValue(path, value, fault)));
  }
  return errors;
}

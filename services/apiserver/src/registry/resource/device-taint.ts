import type { resourceV1 } from '@kubernode/api';
import { invalidValue, labelValueFaults, notSupported, required, validateLabelKey, type FieldError } from '@kubernode/apimachinery';
import { oneOf, requiredOneOf, ruleFaults } from '../shared/value-rules.ts';

const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const OPERATORS = ['Equal', 'Exists'];

export function deviceTaintFaults({ key, value = '', effect }: Readonly<resourceV1.DeviceTaint>, path: string): FieldError[] {
  return [...validateLabelKey(key, `${path}.key`), ...ruleFaults(value, `${path}.value`, labelValueFaults), ...requiredOneOf(effect, `${path}.effect`, EFFECTS)];
}

export function deviceTolerationFaults({ key = '', operator = '', value = '', effect = '' }: Readonly<resourceV1.DeviceToleration>, path: string): FieldError[] {
  return [
    ...(key === '' ? [] : validateLabelKey(key, `${path}.key`)),
    ...operatorFaults({ operator, value }, path),
    ...(effect === '' ? [] : oneOf(effect, `${path}.effect`, EFFECTS)),
  ];
}

function operatorFaults({ operator, value }: { operator: string; value: string }, path: string): FieldError[] {
  switch (operator) {
    case 'Exists': return value === '' ? [] : [invalidValue(`${path}.value`, value, 'must be empty for operator `Exists`')];
    case 'Equal': return ruleFaults(value, `${path}.value`, labelValueFaults);
    case '': return [required(`${path}.operator`)];
    default: return [notSupported(`${path}.operator`, operator, OPERATORS)];
  }
}

import type { coreV1 } from '@kubernode/api';
import { invalidValue, labelValueFaults, notSupported, validateLabelKey, type FieldError } from '@kubernode/apimachinery';
import { oneOf } from '../value-rules.ts';

const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function tolerationFaults(tolerations: readonly coreV1.Toleration[] | undefined, path: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => oneFaults(toleration, `${path}[${index}]`));
}

function oneFaults({ key = '', operator = '', value = '', effect = '', tolerationSeconds }: Readonly<coreV1.Toleration>, path: string): FieldError[] {
  const errors = key === '' ? [] : validateLabelKey(key, `${path}.key`);
  if (key === '' && operator !== 'Exists') errors.push(invalidValue(`${path}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') errors.push(invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  errors.push(...operatorFaults(operator, value, `${path}.operator`));
  return effect === '' ? errors : [...errors, ...oneOf(effect, `${path}.effect`, EFFECTS)];
}

/** Faults of values are blamed on the operator, as in Kubernetes. */
function operatorFaults(operator: string, value: string, path: string): FieldError[] {
  switch (operator) {
    case 'Equal': case '': {
      const faults = labelValueFaults(value);
      return faults.length === 0 ? [] : [invalidValue(path, value, faults.join(';'))];
    }
    case 'Exists': return value === '' ? [] : [invalidValue(path, value, "value must be empty when `operator` is 'Exists'")];
    case 'Lt': case 'Gt': return [notSupported(path, operator, ['Equal', 'Exists', 'Lt', 'Gt'])];
    default: return [notSupported(path, operator, ['Equal', 'Exists'])];
  }
}

import { duplicate, invalidValue, validateLabelKey, type FieldError } from '@kubernode/apimachinery';
import { listFaults } from './bounded-list-rules.ts';

const CONDITIONS_MAX = 4;

interface Binding { bindingConditions?: readonly string[]; bindingFailureConditions?: readonly string[] }

/** Conditions of a claim by which a device that takes its time becomes ready, or fails: two sets without a common member, both or neither. */
export function bindingConditionFaults({ bindingConditions, bindingFailureConditions }: Readonly<Binding>, path: string): FieldError[] {
  const [ready, failed] = [bindingConditions ?? [], bindingFailureConditions ?? []];
  const [readyPath, failedPath] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  return [
    ...listFaults(ready, readyPath, { max: CONDITIONS_MAX, faults: validateLabelKey }),
    ...listFaults(failed, failedPath, { max: CONDITIONS_MAX, faults: validateLabelKey }),
    ...ready.flatMap((_, index) => repeatedFaults(ready, index, `${readyPath}[${index}]`)),
    ...failed.flatMap((condition, index) => [
      ...repeatedFaults(failed, index, `${failedPath}[${index}]`),
      ...(ready.includes(condition) ? [invalidValue(`${failedPath}[${index}]`, condition, 'bindingFailureConditions must not overlap with bindingConditions')] : []),
    ]),
    ...(ready.length === 0 && failed.length > 0 ? [invalidValue(readyPath, bindingConditions ?? null, 'bindingConditions are required to use bindingFailureConditions')] : []),
    ...(failed.length === 0 && ready.length > 0 ? [invalidValue(failedPath, bindingFailureConditions ?? null, 'bindingFailureConditions are required to use bindingConditions')] : []),
  ];
}

function repeatedFaults(conditions: readonly string[], index: number, path: string): FieldError[] {
  const condition = conditions[index] ?? '';
  return conditions.indexOf(condition) < index ? [duplicate(path, condition)] : [];
}

import { duplicate, invalidValue, repeatedIndexes, validateLabelKey, type FieldError } from '@kubernode/apimachinery';
import { listFaults } from './bounded-list-rules.ts';

const CONDITIONS_MAX = 4;

interface Binding { bindingConditions?: readonly string[]; bindingFailureConditions?: readonly string[] }

/** Conditions of a claim by which a device that takes its time becomes ready, or fails: two sets without a common member, both or neither. */
export function bindingConditionFaults({ bindingConditions, bindingFailureConditions }: Readonly<Binding>, path: string): FieldError[] {
  const [ready, failed] = [bindingConditions ?? [], bindingFailureConditions ?? []];
  const [readyTypes, readyRepeated, failedRepeated] = [new Set(ready), repeatedIndexes(ready), repeatedIndexes(failed)];
  const [readyPath, failedPath] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  return [
    ...listFaults(ready, readyPath, { max: CONDITIONS_MAX, faults: validateLabelKey }),
    ...listFaults(failed, failedPath, { max: CONDITIONS_MAX, faults: validateLabelKey }),
    ...ready.flatMap((condition, index) => (readyRepeated.has(index) ? [duplicate(`${readyPath}[${index}]`, condition)] : [])),
    ...failed.flatMap((condition, index) => [
      ...(failedRepeated.has(index) ? [duplicate(`${failedPath}[${index}]`, condition)] : []),
      ...(readyTypes.has(condition) ? [invalidValue(`${failedPath}[${index}]`, condition, 'bindingFailureConditions must not overlap with bindingConditions')] : []),
    ]),
    ...(ready.length === 0 && failed.length > 0 ? [invalidValue(readyPath, bindingConditions ?? null, 'bindingConditions are required to use bindingFailureConditions')] : []),
    ...(failed.length === 0 && ready.length > 0 ? [invalidValue(failedPath, bindingFailureConditions ?? null, 'bindingFailureConditions are required to use bindingConditions')] : []),
  ];
}

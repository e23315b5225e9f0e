import type { metaV1 } from '@kubernode/api';
import { duplicate, invalidValue, notSupported, patternFault, repeatedIndexes, required, tooLong, validateLabelKey, type FieldError } from '@kubernode/apimachinery';

const STATUSES = ['False', 'True', 'Unknown'];
const REASON_BYTES_MAX = 1024;
const MESSAGE_BYTES_MAX = 32 * 1024;
const REASON_PATTERN = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const REASON = new RegExp(`^${REASON_PATTERN}$`);
const REASON_RULE = patternFault(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON_PATTERN, 'my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB',
);

/** Conditions of the shape that newer kinds share, one of a type. */
export function conditionListFaults(conditions: readonly metaV1.Condition[] | null | undefined, path: string): FieldError[] {
  const list = conditions ?? [];
  const repeated = repeatedIndexes(list.map(({ type }) => type));
  return list.flatMap((condition, index) => [...(repeated.has(index) ? [duplicate(`${path}[${index}].type`, condition.type)] : []), ...conditionFaults(condition, `${path}[${index}]`)]);
}

/** Conditions of older shapes: one of a type, and nothing else is asked of them. */
export function conditionTypeFaults(conditions: readonly { type?: string }[] | null | undefined): FieldError[] {
  const types = (conditions ?? []).map(({ type = '' }) => type);
  const repeated = repeatedIndexes(types);
  return types.flatMap((type, index) => {
    const path = `status.conditions[${index}].type`;
    return [...(repeated.has(index) ? [duplicate(path, type)] : []), ...(type === '' ? [required(path)] : [])];
  });
}

function conditionFaults({ type, status, observedGeneration = 0, lastTransitionTime, reason, message }: Readonly<metaV1.Condition>, path: string): FieldError[] {
  return [
    ...validateLabelKey(type, `${path}.type`),
    ...(STATUSES.includes(status) ? [] : [notSupported(`${path}.status`, status, STATUSES)]),
    ...(observedGeneration < 0 ? [invalidValue(`${path}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')] : []),
    ...((lastTransitionTime ?? '') === '' ? [required(`${path}.lastTransitionTime`)] : []),
    ...(reason === '' ? [required(`${path}.reason`)] : REASON.test(reason) ? [] : [invalidValue(`${path}.reason`, reason, REASON_RULE)]),
    ...(Buffer.byteLength(reason) > REASON_BYTES_MAX ? [tooLong(`${path}.reason`, REASON_BYTES_MAX)] : []),
    ...(Buffer.byteLength(message) > MESSAGE_BYTES_MAX ? [tooLong(`${path}.message`, MESSAGE_BYTES_MAX)] : []),
  ];
}

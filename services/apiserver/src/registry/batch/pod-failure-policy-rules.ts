import type { batchV1 } from '@kubernode/api';
import { duplicate, invalidOmitted, invalidValue, labelKeyFaults, notSupported, repeatedIndexes, required, tooMany, type FieldError } from '@kubernode/apimachinery';

const RULES_MAX = 20;
const VALUES_MAX = 255;
const PATTERNS_MAX = 20;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

export function failurePolicyFaults({ podFailurePolicy, template, backoffLimitPerIndex }: Readonly<batchV1.JobSpec>, path: string): FieldError[] {
  const rules = podFailurePolicy?.rules ?? [];
  const names = new Set([...(template?.spec?.containers ?? []), ...(template?.spec?.initContainers ?? [])].map(({ name }) => name));
  return [
    ...(rules.length > RULES_MAX ? [tooMany(`${path}.rules`, rules.length, RULES_MAX)] : []),
    ...rules.flatMap((rule, index) => ruleFaults(rule, `${path}.rules[${index}]`, { names, perIndex: backoffLimitPerIndex !== undefined })),
  ];
}

function ruleFaults({ action = '', onExitCodes, onPodConditions = [] }: Readonly<Partial<batchV1.PodFailurePolicyRule>>, path: string, { names, perIndex }: { names: ReadonlySet<string>; perIndex: boolean }): FieldError[] {
  return [
    ...actionFaults(action, `${path}.action`, perIndex),
    ...(onExitCodes === undefined ? [] : exitCodeFaults(onExitCodes, `${path}.onExitCodes`, names)),
    ...conditionFaults(onPodConditions, `${path}.onPodConditions`),
    ...(onExitCodes !== undefined && onPodConditions.length > 0 ? [invalidOmitted(path, 'specifying both OnExitCodes and OnPodConditions is not supported')] : []),
    ...(onExitCodes === undefined && onPodConditions.length === 0 ? [invalidOmitted(path, 'specifying one of OnExitCodes and OnPodConditions is required')] : []),
  ];
}

/** How Go's %q shows a list. */
const quoted = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

function actionFaults(action: string, path: string, perIndex: boolean): FieldError[] {
  if (action === '') return [required(path, `valid values: ${quoted(ACTIONS)}`)];
  if (action === 'FailIndex') return perIndex ? [] : [invalidValue(path, action, 'requires the backoffLimitPerIndex to be set')];
  return ACTIONS.includes(action) ? [] : [notSupported(path, action, ACTIONS)];
}

function exitCodeFaults({ operator = '', containerName, values: given }: Readonly<Partial<batchV1.PodFailurePolicyOnExitCodesRequirement>>, path: string, names: ReadonlySet<string>): FieldError[] {
  const values = given ?? []; // an empty list of a required field is null
  const repeated = repeatedIndexes(values.map(String));
  const sorted = values.every((value, index) => index === 0 || (values[index - 1] ?? 0) <= value);
  return [
    ...(operator === '' ? [required(`${path}.operator`, `valid values: ${quoted(OPERATORS)}`)] : OPERATORS.includes(operator) ? [] : [notSupported(`${path}.operator`, operator, OPERATORS)]),
    ...(containerName === undefined || names.has(containerName) ? [] : [invalidValue(`${path}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template')]),
    ...(values.length === 0 ? [invalidValue(`${path}.values`, null, 'at least one value is required')] : values.length > VALUES_MAX ? [tooMany(`${path}.values`, values.length, VALUES_MAX)] : []),
    ...values.flatMap((value, index) => [
      ...(operator === 'In' && value === 0 ? [invalidValue(`${path}.values[${index}]`, value, 'must not be 0 for the In operator')] : []),
      ...(repeated.has(index) ? [duplicate(`${path}.values[${index}]`, value)] : []),
    ]),
    ...(sorted ? [] : [invalidValue(`${path}.values`, values, 'must be ordered')]),
  ];
}

function conditionFaults(patterns: readonly batchV1.PodFailurePolicyOnPodConditionsPattern[], path: string): FieldError[] {
  return [
    ...(patterns.length > PATTERNS_MAX ? [tooMany(path, patterns.length, PATTERNS_MAX)] : []),
    ...patterns.flatMap(({ type, status = '' }, index) => [
      ...labelKeyFaults(type).map((fault) => invalidValue(`${path}[${index}].type`, type, fault)),
      ...(status === '' ? [required(`${path}[${index}].status`, `valid values: ${quoted(STATUSES)}`)] : STATUSES.includes(status) ? [] : [notSupported(`${path}[${index}].status`, status, STATUSES)]),
    ]),
  ];
}

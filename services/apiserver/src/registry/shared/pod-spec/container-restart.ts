import type { coreV1 } from '@kubernode/api';
import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from '@kubernode/apimachinery';
import { oneOf } from '../value-rules.ts';

const POLICIES: readonly string[] = ['Always', 'Never', 'OnFailure'];
const ACTIONS: readonly string[] = ['Restart', 'RestartAllContainers'];
const OPERATORS: readonly string[] = ['In', 'NotIn'];
const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

/** When a container starts again on its own, apart from its pod's policy. */
export function containerRestartFaults({ restartPolicy, restartPolicyRules: rules = [] }: Readonly<coreV1.Container>, path: string): FieldError[] {
  if (restartPolicy === undefined && rules.length === 0) return [];
  const errors = restartPolicy === undefined ? [required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')] : oneOf(restartPolicy, `${path}.restartPolicy`, POLICIES);
  if (rules.length > RULES_MAX) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, RULES_MAX));
  return [...errors, ...rules.flatMap((rule, index) => ruleFaults(rule, `${path}.restartPolicyRules[${index}]`))];
}

function ruleFaults({ action = '', exitCodes }: Readonly<Partial<coreV1.ContainerRestartRule>>, path: string): FieldError[] {
  const errors = oneOf(action, `${path}.action`, ACTIONS);
  if (exitCodes === undefined) return [...errors, required(`${path}.exitCodes`, 'must be specified')];
  const { operator, values = [] } = exitCodes;
  return [...errors, ...oneOf(operator ?? '', `${path}.exitCodes.operator`, OPERATORS), ...(values.length > EXIT_CODES_MAX ? [tooMany(`${path}.exitCodes.values`, values.length, EXIT_CODES_MAX)] : [])];
}

const RESIZABLE: readonly string[] = ['cpu', 'memory'];
const RESIZE_POLICIES: readonly string[] = ['NotRequired', 'RestartContainer'];

/** What a change of resources does to a running container. A pod that never restarts cannot restart for it. */
export function resizePolicyFaults(policies: readonly coreV1.ContainerResizePolicy[] | undefined, path: string, podRestartPolicy: string | undefined): FieldError[] {
  const seen = new Set<string>();
  return (policies ?? []).flatMap(({ resourceName = '', restartPolicy = '' }: Partial<coreV1.ContainerResizePolicy>, index) => {
    const errors: FieldError[] = seen.has(resourceName) ? [duplicate(`${path}[${index}]`, resourceName)] : [];
    seen.add(resourceName);
    if (resourceName === '') errors.push(required(path));
    else if (!RESIZABLE.includes(resourceName)) errors.push(notSupported(path, resourceName, RESIZABLE));
    if (restartPolicy === '') errors.push(required(path));
    else if (!RESIZE_POLICIES.includes(restartPolicy)) errors.push(notSupported(path, restartPolicy, RESIZE_POLICIES));
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') errors.push(invalidValue(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    return errors;
  });
}

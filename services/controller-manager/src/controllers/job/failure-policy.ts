import type { batchV1, coreV1 } from '@kubernode/api';

type Pod = Readonly<coreV1.Pod>;

/** What the rule that a failed pod matches says of it. */
export interface PolicyVerdict { action: string; message: string }

/** Whether a failure is spent: it counts against the limits unless a rule ignores it. */
export function countsAsFailure(policy: batchV1.PodFailurePolicy | undefined, pod: Pod): boolean { return judgeFailure(policy, pod)?.action !== 'Ignore'; }

/** The first rule that the failed pod matches; undefined when none does, and the failure simply counts. */
export function judgeFailure(policy: batchV1.PodFailurePolicy | undefined, pod: Pod): PolicyVerdict | undefined {
  for (const [index, { action, onExitCodes, onPodConditions = [] }] of (policy?.rules ?? []).entries()) {
    const found = onExitCodes === undefined ? matchingCondition(onPodConditions, pod) : matchingContainer(onExitCodes, pod);
    if (found !== undefined) return { action, message: `${found} matching ${action} rule at index ${index}` };
  }
  return undefined;
}

function matchingContainer({ containerName, operator, values }: batchV1.PodFailurePolicyOnExitCodesRequirement, { metadata, status }: Pod): string | undefined {
  for (const { name, state } of [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? []]) {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (containerName ?? name) !== name || values.includes(code) !== (operator === 'In')) continue;
    return `Container ${name} for pod ${metadata.namespace ?? ''}/${metadata.name} failed with exit code ${code}`;
  }
  return undefined;
}

function matchingCondition(patterns: readonly batchV1.PodFailurePolicyOnPodConditionsPattern[], { metadata, status }: Pod): string | undefined {
  const found = status?.conditions?.find((one) => patterns.some((pattern) => pattern.type === one.type && (pattern.status ?? 'True') === one.status));
  return found === undefined ? undefined : `Pod ${metadata.namespace ?? ''}/${metadata.name} has condition ${found.type}`;
}

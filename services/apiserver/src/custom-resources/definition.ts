import type { apiextensionsV1 } from '@kubernode/api';
import { formatTime, type KubeObject } from '@kubernode/apimachinery';

export type Definition = apiextensionsV1.CustomResourceDefinition & KubeObject;
export type DefinitionVersion = apiextensionsV1.CustomResourceDefinitionVersion;
export type DefinitionCondition = apiextensionsV1.CustomResourceDefinitionCondition;

export const DEFINITIONS: { group: string; resource: string } = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };
/** Keeps a definition until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export type ConditionType = 'NamesAccepted' | 'Established' | 'Terminating' | 'NonStructuralSchema' | 'KubernetesAPIApprovalPolicyConformant';

export function conditionOf({ status }: Readonly<Definition>, type: ConditionType): DefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function isTrue(definition: Readonly<Definition>, type: ConditionType): boolean {
  return conditionOf(definition, type)?.status === 'True';
}

/** The conditions with one set; its time moves only with its status. `now` in ms since 1970. */
export function withCondition(conditions: readonly DefinitionCondition[], condition: DefinitionCondition, now: number): DefinitionCondition[] {
  const index = conditions.findIndex(({ type }) => type === condition.type);
  const old = conditions[index];
  const lastTransitionTime = old?.status === condition.status && old.lastTransitionTime !== undefined ? old.lastTransitionTime : formatTime(now);
  const next: DefinitionCondition = { type: condition.type, status: condition.status, lastTransitionTime, reason: condition.reason ?? '', message: condition.message ?? '' };
  return old === undefined ? [...conditions, next] : conditions.with(index, next);
}

export function withoutCondition(conditions: readonly DefinitionCondition[], type: ConditionType): DefinitionCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

import type { rbacV1 } from '@kubernode/api';
import { type KubeObject, pathSegmentName } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { validateRules } from './policy-rules.ts';

/** An absent list of rules is shown as null, as Kubernetes does. */
export function nullWhenEmpty(object: KubeObject): void {
  const rules = object['rules'] as unknown[] | null | undefined; // decoded by schema: a list or nothing
  if (rules === undefined || rules === null || rules.length === 0) object['rules'] = null;
}

export const roleStrategy: Strategy<rbacV1.Role & KubeObject> = {
  defaults: nullWhenEmpty,
  validate: (role) => validateRules(role.rules, true),
  validateUpdate: (role) => validateRules(role.rules, true),
  validateName: pathSegmentName,
  allowCreateOnUpdate: true,
};

import type { metaV1, rbacV1 } from '@kubernode/api';
import { type FieldError, invalidValue, type KubeObject, pathSegmentName, required, selectorFromLabelSelector, validateLabelSelector } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { validateRules } from './policy-rules.ts';

type ClusterRole = rbacV1.ClusterRole & KubeObject;

export const clusterRoleStrategy: Strategy<ClusterRole> = {
  validate,
  validateUpdate: validate,
  validateName: pathSegmentName,
  allowCreateOnUpdate: true,
};

function validate(role: Readonly<ClusterRole>): FieldError[] {
  const errors = validateRules(role.rules, false);
  if (role.aggregationRule === undefined || role.aggregationRule === null) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  selectors.forEach((selector, index) => {
    errors.push(...validateLabelSelector(selector, `${path}[${index}]`));
    if (!isUsable(selector)) errors.push(invalidValue(`${path}[${index}]`, null, 'invalid label selector.'));
  });
  return errors;
}

function isUsable(selector: Readonly<metaV1.LabelSelector>): boolean {
  try { selectorFromLabelSelector(selector); return true; } catch { return false; } // what is wrong with it is told by its own errors
}

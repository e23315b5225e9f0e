import type { metaV1, rbacV1 } from '@kubernode/api';
import { type FieldError, invalidValue, type KubeObject, required } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { validatePathSegmentName } from './path-segment-name.ts';
import { validateRules } from './policy-rules.ts';
import { nullWhenEmpty } from './role.ts';

type ClusterRole = rbacV1.ClusterRole & KubeObject;

export const clusterRoleStrategy: Strategy<ClusterRole> = {
  defaults: nullWhenEmpty,
  validate,
  validateUpdate: validate,
  validateName: validatePathSegmentName,
  allowCreateOnUpdate: true,
};

function validate(role: Readonly<ClusterRole>): FieldError[] {
  const errors = validateRules(role.rules, false);
  if (role.aggregationRule === undefined || role.aggregationRule === null) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  selectors.forEach((selector, index) => errors.push(...validateSelector(selector, `${path}[${index}]`)));
  return errors;
}

const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function validateSelector({ matchExpressions = [] }: Readonly<metaV1.LabelSelector>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  matchExpressions.forEach(({ operator, values = [] }, index) => {
    const field = `${path}.matchExpressions[${index}]`;
    if (['In', 'NotIn'].includes(operator) && values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    if (['Exists', 'DoesNotExist'].includes(operator) && values.length > 0) {
      errors.push({ reason: 'FieldValueForbidden', field: `${field}.values`, message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'" });
    }
    if (!OPERATORS.includes(operator)) errors.push(invalidValue(`${field}.operator`, operator, 'not a valid selector operator'));
  });
  return errors;
}

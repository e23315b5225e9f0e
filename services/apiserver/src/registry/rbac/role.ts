import type { rbacV1 } from '@kubernode/api';
import { type KubeObject, pathSegmentName } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { validateRules } from './policy-rules.ts';

export const roleStrategy: Strategy<rbacV1.Role & KubeObject> = {
  validate: (role) => validateRules(role.rules, true),
  validateUpdate: (role) => validateRules(role.rules, true),
  validateName: pathSegmentName,
  allowCreateOnUpdate: true,
};

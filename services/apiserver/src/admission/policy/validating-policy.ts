import type { admissionregistrationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { AUDIT_VALUE, compileExpression, compileVariables, CONDITION, MESSAGE, policyEnvironment, type PolicyExpression, type PolicyVariables } from '@kubernode/cel';
import { compileMatchConditions, type MatchConditions } from './match-conditions.ts';

export type ValidatingPolicy = admissionregistrationV1.ValidatingAdmissionPolicy & KubeObject;
export type ValidatingBinding = admissionregistrationV1.ValidatingAdmissionPolicyBinding & KubeObject;

export interface CompiledValidation {
  readonly expression: PolicyExpression;
  readonly message: string;
  readonly messageExpression: PolicyExpression | undefined;
  readonly reason: string | undefined;
}

/** A validating policy with all its expressions compiled, those that cannot be, too: using them fails. */
export interface CompiledValidatingPolicy {
  readonly failsOpen: boolean;
  readonly variables: PolicyVariables;
  readonly conditions: MatchConditions;
  readonly validations: readonly CompiledValidation[];
  readonly auditAnnotations: readonly { readonly key: string; readonly value: PolicyExpression }[];
}

export function compileValidatingPolicy({ spec }: Readonly<ValidatingPolicy>): CompiledValidatingPolicy {
  const { failurePolicy, paramKind, matchConditions = [], variables: named = [], validations = [], auditAnnotations = [] } = spec ?? {};
  const params = paramKind !== undefined;
  const variables = compileVariables(named, { params, authorizer: true });
  const environment = policyEnvironment({ params, authorizer: true, variables: variables.types });
  const messages = policyEnvironment({ params, authorizer: false, variables: variables.types });
  return {
    failsOpen: failurePolicy === 'Ignore', variables, conditions: compileMatchConditions(matchConditions, { params, variables }),
    validations: validations.map(({ expression, message = '', messageExpression = '', reason }) => ({
      expression: compileExpression(expression, CONDITION, environment), message, reason,
      messageExpression: messageExpression === '' ? undefined : compileExpression(messageExpression, MESSAGE, messages),
    })),
    auditAnnotations: auditAnnotations.map(({ key, valueExpression }) => ({ key, value: compileExpression(valueExpression, AUDIT_VALUE, environment) })),
  };
}

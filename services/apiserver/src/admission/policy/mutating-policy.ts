import type { admissionregistrationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { APPLY_CONFIGURATION, compileExpression, compileVariables, JSON_PATCHES, policyEnvironment, type PolicyExpression, type PolicyVariables } from '@kubernode/cel';
import { compileMatchConditions, type MatchConditions } from './match-conditions.ts';

export type MutatingPolicy = admissionregistrationV1.MutatingAdmissionPolicy & KubeObject;
export type MutatingBinding = admissionregistrationV1.MutatingAdmissionPolicyBinding & KubeObject;

export interface CompiledMutation { readonly patchType: 'ApplyConfiguration' | 'JSONPatch'; readonly expression: PolicyExpression }

/** A mutating policy with all its expressions compiled, those that cannot be, too: using them fails. */
export interface CompiledMutatingPolicy {
  readonly variables: PolicyVariables;
  readonly conditions: MatchConditions;
  readonly mutations: readonly CompiledMutation[];
}

export function compileMutatingPolicy({ spec }: Readonly<MutatingPolicy>): CompiledMutatingPolicy {
  const { paramKind, matchConditions = [], variables: named = [], mutations = [] } = spec ?? {};
  const params = paramKind !== undefined;
  const variables = compileVariables(named, { params, authorizer: true });
  const environment = policyEnvironment({ params, authorizer: true, patches: true, variables: variables.types });
  return {
    variables, conditions: compileMatchConditions(matchConditions, { params, variables }),
    mutations: mutations.flatMap(({ applyConfiguration, jsonPatch, patchType }): CompiledMutation[] => {
      if (patchType === 'JSONPatch') return jsonPatch === undefined ? [] : [{ patchType, expression: compileExpression(jsonPatch.expression ?? '', JSON_PATCHES, environment) }];
      return applyConfiguration === undefined ? [] : [{ patchType: 'ApplyConfiguration', expression: compileExpression(applyConfiguration.expression ?? '', APPLY_CONFIGURATION, environment) }];
    }),
  };
}

import type { admissionregistrationV1 } from '@kubernode/api';
import { invalidValue, notSupported, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { conditionListFaults } from '../shared/condition-rules.ts';
import { filled } from '../shared/value-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { matchConditionFaults } from './match-condition-faults.ts';
import { FAILURE_POLICIES, fillMatchResources, matchResourcesFaults, mutatingOperationFaults } from './match-rules.ts';
import { auditAnnotationFaults, mutationExpressionFaults, paramKindFaults, PolicyNames, validationFaults } from './policy-expression-faults.ts';

type ValidatingPolicy = admissionregistrationV1.ValidatingAdmissionPolicy & KubeObject;
type MutatingPolicy = admissionregistrationV1.MutatingAdmissionPolicy & KubeObject;
type Mutation = admissionregistrationV1.Mutation;

const REINVOCATIONS: readonly string[] = ['IfNeeded', 'Never'];
const PATCH_TYPES: readonly string[] = ['ApplyConfiguration', 'JSONPatch'];

/** Policies written as expressions, which have to compile. What they say of fields of known kinds is checked later and told in the status. */
export const validatingPolicyStrategy: Strategy<ValidatingPolicy> = {
  defaults: ({ spec }) => { fillPolicy(spec); },
  prepareForCreate: (policy) => { policy.status = {}; },
  validate: ({ metadata, spec }) => [...matchFaults(spec), ...validatingFaults(metadata.name, spec)],
  validateUpdate: ({ metadata, spec, status }, old, { subresource }) => (subresource === 'status' ? statusFaults(status)
    : [...matchFaults(spec, { old: old.spec }), ...validatingFaults(metadata.name, spec)]),
  generationFields: ['spec'],
};

export const mutatingPolicyStrategy: Strategy<MutatingPolicy> = {
  defaults: ({ spec }) => { fillPolicy(spec); },
  validate: ({ spec }) => [...matchFaults(spec, { operationFaults: mutatingOperationFaults }), ...mutatingFaults(spec)],
  validateUpdate: ({ spec }, old) => [...matchFaults(spec, { old: old.spec, operationFaults: mutatingOperationFaults }), ...mutatingFaults(spec)],
  generationFields: ['spec'],
};

function statusFaults({ typeChecking, conditions }: Readonly<admissionregistrationV1.ValidatingAdmissionPolicyStatus> = {}): FieldError[] {
  const warnings = typeChecking?.expressionWarnings ?? [];
  return [
    ...warnings.flatMap(({ fieldRef = '', warning = '' }: Partial<admissionregistrationV1.ExpressionWarning>, index) => {
      const path = `status.typeChecking.expressionWarnings[${index}]`;
      return [...filled(warning, `${path}.warning`), ...filled(fieldRef, `${path}.fieldRef`)];
    }),
    ...conditionListFaults(conditions, 'status.conditions'),
  ];
}

type Spec = Pick<admissionregistrationV1.ValidatingAdmissionPolicySpec, 'failurePolicy' | 'matchConstraints' | 'matchConditions' | 'paramKind'>;
type ValidatingSpec = admissionregistrationV1.ValidatingAdmissionPolicySpec;
type MutatingSpec = admissionregistrationV1.MutatingAdmissionPolicySpec;

function fillPolicy(spec: Spec | undefined): void {
  if (spec === undefined) return;
  spec.failurePolicy ??= 'Fail';
  fillMatchResources(spec.matchConstraints);
}

/** Conditions that were there before are not judged again. */
function matchFaults(spec: Readonly<Spec> = {}, { old, operationFaults: judgeOperations = () => [] }: { old?: Readonly<Spec> | undefined; operationFaults?: (constraints: Spec['matchConstraints']) => FieldError[] } = {}): FieldError[] {
  const { failurePolicy = 'Fail', matchConstraints, matchConditions, paramKind } = spec;
  const path = 'spec.matchConstraints';
  const keepsConditions = old !== undefined && jsonEquals(paramKind, old.paramKind) && jsonEquals(matchConditions, old.matchConditions);
  return [
    ...(FAILURE_POLICIES.includes(failurePolicy) ? [] : [notSupported('spec.failurePolicy', failurePolicy, FAILURE_POLICIES)]),
    ...paramKindFaults(paramKind, 'spec.paramKind'),
    ...(matchConstraints === undefined ? [required(path)] : matchResourcesFaults(matchConstraints, path)),
    ...(matchConstraints !== undefined && (matchConstraints.resourceRules ?? []).length === 0 ? [required(`${path}.resourceRules`)] : []),
    ...judgeOperations(matchConstraints),
    ...(keepsConditions ? [] : matchConditionFaults(matchConditions, 'spec.matchConditions', { params: paramKind !== undefined })),
  ];
}

function validatingFaults(policy: string, { paramKind, variables, validations = [], auditAnnotations = [] }: Readonly<ValidatingSpec> = {}): FieldError[] {
  const names = new PolicyNames({ params: paramKind !== undefined, variables, composes: false }, 'spec.variables');
  if (validations.length === 0 && auditAnnotations.length === 0) return [...names.faults, ...['validations', 'auditAnnotations'].map((field) => required(`spec.${field}`, 'validations or auditAnnotations must contain at least one item'))];
  return [
    ...names.faults, ...validations.flatMap((validation, index) => validationFaults(validation, names, `spec.validations[${index}]`)),
    ...auditAnnotationFaults(auditAnnotations, { policy, names }, 'spec.auditAnnotations'),
  ];
}

function mutatingFaults({ paramKind, variables, mutations = [], reinvocationPolicy = '' }: Readonly<Partial<MutatingSpec>> = {}): FieldError[] {
  const names = new PolicyNames({ params: paramKind !== undefined, variables, composes: true }, 'spec.variables');
  return [
    ...names.faults, ...(mutations.length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, index) => mutationFaults(mutation, names, `spec.mutations[${index}]`)),
    ...reinvocationFaults(reinvocationPolicy),
  ];
}

function mutationFaults({ patchType = '', jsonPatch, applyConfiguration }: Readonly<Partial<Mutation>>, names: PolicyNames, path: string): FieldError[] {
  switch (patchType) {
    case '': return [required(`${path}.patchType`)];
    case 'JSONPatch': return [
      ...(jsonPatch === undefined ? [required(`${path}.jsonPatch`, 'must be specified when patchType is JSONPatch')] : mutationExpressionFaults(jsonPatch.expression ?? '', patchType, names, `${path}.jsonPatch.expression`)),
      ...(applyConfiguration === undefined ? [] : [invalidValue(`${path}.applyConfiguration`, '{applyConfiguration}', 'must not be specified when patchType is JSONPatch')]),
    ];
    case 'ApplyConfiguration': return [
      ...(applyConfiguration === undefined ? [required(`${path}.applyConfiguration`, 'must be specified when patchType is ApplyConfiguration')] : mutationExpressionFaults(applyConfiguration.expression ?? '', patchType, names, `${path}.applyConfiguration.expression`)),
      ...(jsonPatch === undefined ? [] : [invalidValue(`${path}.jsonPatch`, '{jsonPatch}', 'must not be specified when patchType is ApplyConfiguration')]),
    ];
    default: return [notSupported(`${path}.patchType`, patchType, PATCH_TYPES)];
  }
}

function reinvocationFaults(policy: string): FieldError[] {
  if (policy === '') return [required('spec.reinvocationPolicy')];
  return REINVOCATIONS.includes(policy) ? [] : [notSupported('spec.reinvocationPolicy', policy, REINVOCATIONS)];
}

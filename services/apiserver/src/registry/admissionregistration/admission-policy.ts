import type { admissionregistrationV1 } from '@kubernode/api';
import { invalidValue, notSupported, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { FAILURE_POLICIES, fillMatchResources, matchResourcesFaults } from './match-rules.ts';

type ValidatingPolicy = admissionregistrationV1.ValidatingAdmissionPolicy & KubeObject;
type MutatingPolicy = admissionregistrationV1.MutatingAdmissionPolicy & KubeObject;
type Mutation = admissionregistrationV1.Mutation;

const MUTATING_OPERATIONS: readonly string[] = ['*', 'CREATE', 'UPDATE'];
const REINVOCATIONS: readonly string[] = ['IfNeeded', 'Never'];
const PATCH_TYPES: readonly string[] = ['ApplyConfiguration', 'JSONPatch'];

/** Policies written as expressions. What their expressions say is judged where they are compiled. */
export const validatingPolicyStrategy: Strategy<ValidatingPolicy> = {
  defaults: ({ spec }) => { fillPolicy(spec); },
  prepareForCreate: (policy) => { policy.status = {}; },
  validate: ({ spec }) => [
    ...matchFaults(spec),
    ...((spec?.validations ?? []).length === 0 && (spec?.auditAnnotations ?? []).length === 0 ? ['validations', 'auditAnnotations'].map((field) => required(`spec.${field}`, 'validations or auditAnnotations must contain at least one item')) : []),
  ],
  generationFields: ['spec'],
};

export const mutatingPolicyStrategy: Strategy<MutatingPolicy> = {
  defaults: ({ spec }) => { fillPolicy(spec); },
  validate: ({ spec }) => [
    ...matchFaults(spec), ...operationFaults(spec?.matchConstraints),
    ...((spec?.mutations ?? []).length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...(spec?.mutations ?? []).flatMap((mutation, index) => mutationFaults(mutation, `spec.mutations[${index}]`)),
    ...reinvocationFaults(spec?.reinvocationPolicy ?? ''),
  ],
  generationFields: ['spec'],
};

interface Spec { failurePolicy?: string; matchConstraints?: admissionregistrationV1.MatchResources }

function fillPolicy(spec: Spec | undefined): void {
  if (spec === undefined) return;
  spec.failurePolicy ??= 'Fail';
  fillMatchResources(spec.matchConstraints);
}

function matchFaults({ failurePolicy = 'Fail', matchConstraints }: Readonly<Spec> = {}): FieldError[] {
  const path = 'spec.matchConstraints';
  return [
    ...(FAILURE_POLICIES.includes(failurePolicy) ? [] : [notSupported('spec.failurePolicy', failurePolicy, FAILURE_POLICIES)]),
    ...(matchConstraints === undefined ? [required(path)] : matchResourcesFaults(matchConstraints, path)),
    ...(matchConstraints !== undefined && (matchConstraints.resourceRules ?? []).length === 0 ? [required(`${path}.resourceRules`)] : []),
  ];
}

/** Nothing of what is deleted or connected to can be changed. */
function operationFaults(constraints: Readonly<admissionregistrationV1.MatchResources> | undefined): FieldError[] {
  const operations = (constraints?.resourceRules ?? []).flatMap((rule) => rule.operations ?? []);
  return operations.filter((one) => !MUTATING_OPERATIONS.includes(one)).map((one) => notSupported('spec.matchConstraints.resourceRules.operations', one, MUTATING_OPERATIONS));
}

function mutationFaults({ patchType = '', jsonPatch, applyConfiguration }: Readonly<Partial<Mutation>>, path: string): FieldError[] {
  switch (patchType) {
    case '': return [required(`${path}.patchType`)];
    case 'JSONPatch': return [
      ...(jsonPatch === undefined ? [required(`${path}.jsonPatch`, 'must be specified when patchType is JSONPatch')] : []),
      ...(applyConfiguration === undefined ? [] : [invalidValue(`${path}.applyConfiguration`, '{applyConfiguration}', 'must not be specified when patchType is JSONPatch')]),
    ];
    case 'ApplyConfiguration': return [
      ...(applyConfiguration === undefined ? [required(`${path}.applyConfiguration`, 'must be specified when patchType is ApplyConfiguration')] : []),
      ...(jsonPatch === undefined ? [] : [invalidValue(`${path}.jsonPatch`, '{jsonPatch}', 'must not be specified when patchType is ApplyConfiguration')]),
    ];
    default: return [notSupported(`${path}.patchType`, patchType, PATCH_TYPES)];
  }
}

function reinvocationFaults(policy: string): FieldError[] {
  if (policy === '') return [required('spec.reinvocationPolicy')];
  return REINVOCATIONS.includes(policy) ? [] : [notSupported('spec.reinvocationPolicy', policy, REINVOCATIONS)];
}

import type { admissionregistrationV1 } from '@kubernode/api';
import { duplicate, forbiddenField, invalidValue, notSupported, pathSegmentName, repeatedIndexes, required, subdomainFaults, validateLabelSelector, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { fillMatchResources, matchResourcesFaults, mutatingOperationFaults } from './match-rules.ts';

type ValidatingBinding = admissionregistrationV1.ValidatingAdmissionPolicyBinding & KubeObject;
type MutatingBinding = admissionregistrationV1.MutatingAdmissionPolicyBinding & KubeObject;
type ParamRef = admissionregistrationV1.ParamRef;

const ACTIONS: readonly string[] = ['Audit', 'Deny', 'Warn'];
const NOT_FOUND_ACTIONS: readonly string[] = ['Deny', 'Allow'];
const EXCLUSIVE = 'name and selector are mutually exclusive';

/** Where a validating policy holds, with which parameters, and what comes of a violation. */
export const validatingPolicyBindingStrategy: Strategy<ValidatingBinding> = {
  defaults: ({ spec }) => { fillMatchResources(spec?.matchResources); },
  validate: ({ spec }) => [...bindingFaults(spec), ...actionFaults(spec?.validationActions ?? [], 'spec.validationActions')],
  generationFields: ['spec'],
};

export const mutatingPolicyBindingStrategy: Strategy<MutatingBinding> = {
  defaults: ({ spec }) => { fillMatchResources(spec?.matchResources); },
  validate: ({ spec }) => [...bindingFaults(spec), ...mutatingOperationFaults(spec?.matchResources, 'spec.matchResources')],
  generationFields: ['spec'],
};

function bindingFaults({ policyName = '', paramRef, matchResources }: Readonly<admissionregistrationV1.MutatingAdmissionPolicyBindingSpec> = {}): FieldError[] {
  return [
    ...(policyName === '' ? [required('spec.policyName')] : subdomainFaults(policyName).map((fault) => invalidValue('spec.policyName', policyName, fault))),
    ...(paramRef === undefined ? [] : paramRefFaults(paramRef, 'spec.paramRef')), ...matchResourcesFaults(matchResources, 'spec.matchResources'),
  ];
}

function paramRefFaults({ name = '', selector, parameterNotFoundAction: action = '' }: Readonly<ParamRef>, path: string): FieldError[] {
  const both = name !== '' && selector !== undefined;
  return [
    ...(name === '' ? [] : pathSegmentName(name, false).map((fault) => invalidValue(`${path}.name`, name, fault))), ...(both ? [forbiddenField(`${path}.name`, EXCLUSIVE)] : []),
    ...validateLabelSelector(selector, `${path}.selector`), ...(both ? [forbiddenField(`${path}.selector`, EXCLUSIVE)] : []),
    ...(name === '' && selector === undefined ? [required(path, 'one of name or selector must be specified')] : []),
    ...(action === '' ? [required(`${path}.parameterNotFoundAction`)] : NOT_FOUND_ACTIONS.includes(action) ? [] : [notSupported(`${path}.parameterNotFoundAction`, action, NOT_FOUND_ACTIONS)]),
  ];
}

function actionFaults(actions: readonly string[], path: string): FieldError[] {
  if (actions.length === 0) return [required(path, 'at least one validation action is required')];
  const repeated = repeatedIndexes(actions);
  return [
    ...actions.flatMap((action, index) => [
      ...(ACTIONS.includes(action) ? [] : [notSupported(`${path}[${index}]`, action, ACTIONS)]),
      ...(repeated.has(index) ? [duplicate(`${path}[${index}]`, action)] : []),
    ]),
    ...(actions.includes('Deny') && actions.includes('Warn') ? [invalidValue(path, actions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)')] : []),
  ];
}

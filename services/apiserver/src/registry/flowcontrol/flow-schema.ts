import type { flowcontrolV1 } from '@kubernode/api';
import { dnsLabelFaults, forbiddenField, invalidValue, notSupported, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { ruleFaults as valueFaults } from '../shared/value-rules.ts';
import type { Strategy } from '../strategy.ts';
import { mandatorySchemaFaults } from './mandatory-objects.ts';

type FlowSchema = flowcontrolV1.FlowSchema & KubeObject;

const PRECEDENCE = 1000;
const PRECEDENCE_MAX = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

export const flowSchemaStrategy: Strategy<FlowSchema> = {
  defaults({ spec }) {
    if (spec !== undefined && (spec.matchingPrecedence ?? 0) === 0) spec.matchingPrecedence = PRECEDENCE;
  },
  prepareForCreate: (object) => { object.status = {}; },
  validate: (object) => [...schemaFaults(object), ...mandatorySchemaFaults(object)],
  validateUpdate: (object, _old, { subresource }) => (subresource === 'status' ? [] : [...schemaFaults(object), ...mandatorySchemaFaults(object)]),
  generationFields: ['spec'],
};

function schemaFaults({ metadata, spec }: Readonly<FlowSchema>): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method, priorityLevelConfiguration, rules = [] } = spec ?? {};
  const level = priorityLevelConfiguration?.name ?? '';
  return [
    ...(precedence <= 0 ? [invalidValue('spec.matchingPrecedence', precedence, 'must be a positive value')] : []),
    ...(precedence > PRECEDENCE_MAX ? [invalidValue('spec.matchingPrecedence', precedence, `must not be greater than ${PRECEDENCE_MAX}`)] : []),
    ...(precedence === 1 && metadata.name !== 'exempt' ? [invalidValue('spec.matchingPrecedence', precedence, "only the schema named 'exempt' may have matchingPrecedence 1")] : []),
    ...(method === undefined || METHODS.includes(method.type) ? [] : [notSupported('spec.distinguisherMethod.type', { Type: method.type }, METHODS)]),
    ...(level === '' ? [required('spec.priorityLevelConfiguration.name', 'must reference a priority level')] : valueFaults(level, 'spec.priorityLevelConfiguration.name', subdomainFaults)),
    ...rules.flatMap((rule, index) => ruleFaults(rule, `spec.rules[${index}]`)),
  ];
}

function ruleFaults(rule: Readonly<flowcontrolV1.PolicyRulesWithSubjects>, path: string): FieldError[] {
  const [subjects, resourceRules, nonResourceRules] = [rule.subjects ?? [], rule.resourceRules ?? [], rule.nonResourceRules ?? []]; // empty lists of required fields are null
  return [
    ...(subjects.length === 0 ? [required(`${path}.subjects`, 'subjects must contain at least one value')] : subjects.flatMap((subject, index) => subjectFaults(subject, `${path}.subjects[${index}]`))),
    ...(resourceRules.length === 0 && nonResourceRules.length === 0 ? [required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...resourceRules.flatMap((rule, index) => resourceRuleFaults(rule, `${path}.resourceRules[${index}]`)),
    ...nonResourceRules.flatMap((rule, index) => pathRuleFaults(rule, `${path}.nonResourceRules[${index}]`)),
  ];
}

function subjectFaults(subject: Readonly<Partial<flowcontrolV1.Subject>>, path: string): FieldError[] {
  const { kind = '', user, group, serviceAccount } = subject;
  const named = (one: { name: string } | undefined, field: string): FieldError[] => {
    if (one === undefined) return [required(`${path}.${field}`, `${field} is required when subject kind is '${kind}'`)];
    return one.name === '' ? [required(`${path}.${field}.name`)] : [];
  };
  const strangers = (others: Readonly<Record<string, unknown>>): FieldError[] => Object.keys(others).filter((field) => others[field] !== undefined)
    .map((field) => forbiddenField(`${path}.${field}`, `${field} is forbidden when subject kind is not '${field.charAt(0).toUpperCase()}${field.slice(1)}'`));
  switch (kind) {
    case 'User': return [...named(user, 'user'), ...strangers({ serviceAccount, group })];
    case 'Group': return [...named(group, 'group'), ...strangers({ serviceAccount, user })];
    case 'ServiceAccount': return [...named(serviceAccount, 'serviceAccount'), ...(serviceAccount === undefined ? [] : accountFaults(serviceAccount, `${path}.serviceAccount`)), ...strangers({ user, group })];
    default: return [notSupported(`${path}.kind`, kind, SUBJECT_KINDS)];
  }
}

function accountFaults({ name, namespace }: Readonly<flowcontrolV1.ServiceAccountSubject>, path: string): FieldError[] {
  return [
    ...(name === '' || name === '*' ? [] : valueFaults(name, `${path}.name`, subdomainFaults)),
    ...(namespace === '' ? [required(`${path}.namespace`, 'must specify namespace for service account')] : valueFaults(namespace, `${path}.namespace`, dnsLabelFaults)),
  ];
}

function verbFaults(verbs: readonly string[], path: string): FieldError[] {
  if (verbs.length === 0) return [required(`${path}.verbs`, 'verbs must contain at least one value')];
  if (verbs.includes('*')) return verbs.length === 1 ? [] : [invalidValue(`${path}.verbs`, verbs, "if '*' is present, must not specify other verbs")];
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(`${path}.verbs`, verbs, VERBS)];
}

function resourceRuleFaults(rule: Readonly<flowcontrolV1.ResourcePolicyRule>, path: string): FieldError[] {
  const [apiGroups, resources, namespaces, clusterScope] = [rule.apiGroups ?? [], rule.resources ?? [], rule.namespaces ?? [], rule.clusterScope === true];
  const plainNamespaces = namespaces.includes('*') ? [] : namespaces;
  return [
    ...verbFaults(rule.verbs ?? [], path),
    ...(apiGroups.length === 0 ? [required(`${path}.apiGroups`, 'resource rules must supply at least one api group')] : allOrSomeFaults(apiGroups, `${path}.apiGroups`, 'api groups')),
    ...(resources.length === 0 ? [required(`${path}.resources`, 'resource rules must supply at least one resource')] : allOrSomeFaults(resources, `${path}.resources`, 'resources')),
    ...(namespaces.length === 0 && !clusterScope ? [required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace')] : allOrSomeFaults(namespaces, `${path}.namespaces`, 'namespaces')),
    ...plainNamespaces.flatMap((namespace, index) => valueFaults(namespace, `${path}.namespaces[${index}]`, (name) => dnsLabelFaults(name).map((fault) => `each member of this list must be '*' or a DNS-1123 label; ${fault}`))),
  ];
}

/** `*` stands alone. */
function allOrSomeFaults(values: readonly string[], path: string, others: string): FieldError[] {
  return values.length > 1 && values.includes('*') ? [invalidValue(path, values, `if '*' is present, must not specify other ${others}`)] : [];
}

function pathRuleFaults({ verbs, nonResourceURLs }: Readonly<flowcontrolV1.NonResourcePolicyRule>, path: string): FieldError[] {
  const urls = nonResourceURLs ?? [];
  const at = `${path}.nonResourceURLs`;
  return [
    ...verbFaults(verbs ?? [], path),
    ...(urls.length === 0 ? [required(at, 'nonResourceURLs must contain at least one value')] : allOrSomeFaults(urls, at, 'non-resource URLs')),
    ...(urls.includes('*') ? [] : urls.flatMap((url, index) => urlFaults(url, `${at}[${index}]`))),
  ];
}

function urlFaults(url: string, path: string): FieldError[] {
  const stars = url.split('*').length - 1;
  const fault = url === '' ? 'must not be empty' : !url.startsWith('/') ? 'must start with slash' : url.includes(' ') ? 'must not contain white-space'
    : url.includes('//') ? 'must not contain double slash' : stars > 1 || (stars === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
  return fault === undefined ? [] : [invalidValue(path, url, fault)];
}

import type { admissionregistrationV1 } from '@kubernode/api';
import { duplicate, invalidValue, notSupported, pathSegmentName, repeatedIndexes, required, validateLabelSelector, type FieldError } from '@kubernode/apimachinery';

type Rule = admissionregistrationV1.RuleWithOperations;
type NamedRule = admissionregistrationV1.NamedRuleWithOperations;
type MatchResources = admissionregistrationV1.MatchResources;

export const FAILURE_POLICIES: readonly string[] = ['Fail', 'Ignore'];
export const MATCH_POLICIES: readonly string[] = ['Equivalent', 'Exact'];
const OPERATIONS: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const MUTATING_OPERATIONS: readonly string[] = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const SCOPES: readonly string[] = ['*', 'Cluster', 'Namespaced'];

/** Rules are for objects of every scope unless they say otherwise. */
export function fillRules(rules: readonly Rule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

export function fillMatchResources(resources: MatchResources | undefined): void {
  if (resources === undefined) return;
  resources.matchPolicy ??= 'Equivalent';
  resources.namespaceSelector ??= {};
  resources.objectSelector ??= {};
  fillRules(resources.resourceRules);
  fillRules(resources.excludeResourceRules);
}

export function matchResourcesFaults(resources: Readonly<MatchResources> | undefined, path: string): FieldError[] {
  if (resources === undefined) return [];
  const { matchPolicy = '', namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = resources;
  return [
    ...(MATCH_POLICIES.includes(matchPolicy) ? [] : [notSupported(`${path}.matchPolicy`, matchPolicy, MATCH_POLICIES)]),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`), ...validateLabelSelector(objectSelector, `${path}.objectSelector`),
    ...resourceRules.flatMap((rule, index) => namedRuleFaults(rule, `${path}.resourceRules[${index}]`)),
    ...excludeResourceRules.flatMap((rule, index) => namedRuleFaults(rule, `${path}.excludeResourceRules[${index}]`)),
  ];
}

/** Nothing of what is deleted or connected to can be changed. */
export function mutatingOperationFaults(resources: Readonly<MatchResources> | undefined, path: string = 'spec.matchConstraints'): FieldError[] {
  const operations = (resources?.resourceRules ?? []).flatMap((rule) => rule.operations ?? []);
  return operations.filter((one) => !MUTATING_OPERATIONS.includes(one)).map((one) => notSupported(`${path}.resourceRules.operations`, one, MUTATING_OPERATIONS));
}

function namedRuleFaults(rule: Readonly<NamedRule>, path: string): FieldError[] {
  const { resourceNames = [] } = rule;
  const repeated = repeatedIndexes(resourceNames);
  return [
    ...resourceNames.flatMap((name, index) => [
      ...pathSegmentName(name, false).map((fault) => invalidValue(`${path}.resourceNames[${index}]`, name, fault)),
      ...(repeated.has(index) ? [duplicate(`${path}.resourceNames[${index}]`, name)] : []),
    ]),
    ...ruleFaults(rule, path),
  ];
}

export function ruleFaults(rule: Readonly<Rule>, path: string): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  return [
    ...listFaults(operations, `${path}.operations`, 'operations'),
    ...operations.flatMap((one, index) => (OPERATIONS.includes(one) ? [] : [notSupported(`${path}.operations[${index}]`, one, OPERATIONS)])),
    ...listFaults(apiGroups, `${path}.apiGroups`, 'API groups'), ...listFaults(apiVersions, `${path}.apiVersions`, 'API versions'),
    ...apiVersions.flatMap((one, index) => (one === '' ? [required(`${path}.apiVersions[${index}]`)] : [])),
    ...resourceFaults(resources, `${path}.resources`),
    ...(scope === undefined || SCOPES.includes(scope) ? [] : [notSupported(`${path}.scope`, scope, SCOPES)]),
  ];
}

function listFaults(values: readonly string[], path: string, what: string): FieldError[] {
  if (values.length === 0) return [required(path)];
  return values.length > 1 && values.includes('*') ? [invalidValue(path, values, `if '*' is present, must not specify other ${what}`)] : [];
}

/** Resources with their subresources: nothing may be named that a star names already. */
function resourceFaults(resources: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [required(path)] : [];
  const starredSubresources = new Set<string>();
  const starredResources = new Set<string>();
  for (const [index, name] of resources.entries()) {
    if (name === '') { errors.push(required(`${path}[${index}]`)); continue; }
    const slash = name.indexOf('/');
    if (slash < 0) continue;
    const [resource, subresource] = [name.slice(0, slash), name.slice(slash + 1)];
    if (starredSubresources.has(resource)) errors.push(invalidValue(`${path}[${index}]`, name, `if '${resource}/*' is present, must not specify ${name}`));
    if (starredResources.has(subresource)) errors.push(invalidValue(`${path}[${index}]`, name, `if '*/${subresource}' is present, must not specify ${name}`));
    if (subresource === '*') starredSubresources.add(resource);
    if (resource === '*') starredResources.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*')) errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  const lastPlain = resources.findLast((name) => name !== '' && !name.includes('/')); // Kubernetes looks at the last one alone
  if (resources.includes('*') && lastPlain !== undefined && lastPlain !== '*') errors.push(invalidValue(path, resources, "if '*' is present, must not specify other resources without subresources"));
  return errors;
}

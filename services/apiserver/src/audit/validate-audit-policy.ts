import { dnsSubdomainName, invalidValue, notSupported, required, type FieldError } from '@kubernode/apimachinery';
import { AUDIT_LEVELS, AUDIT_STAGES, type AuditGroupResources, type AuditPolicy, type AuditRule } from './audit-policy.ts';

/** What is wrong with a policy, in kube-apiserver's words and under its paths (it names lists by the field, not by the list's own items). */
export function validateAuditPolicy({ omitStages, rules }: AuditPolicy): FieldError[] {
  return [...stageFaults(omitStages, 'omitStages'), ...rules.flatMap((rule, index) => ruleFaults(rule, `rules[${index}]`))];
}

function ruleFaults({ level, nonResourceURLs = [], resources = [], namespaces = [], omitStages }: AuditRule, path: string): FieldError[] {
  const urls = `${path}.nonResourceURLs`;
  const isMixed = nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0);
  return [
    ...levelFaults(level, `${path}.level`),
    ...nonResourceURLs.flatMap((url, index) => urlFaults(url, `${urls}[${index}]`)),
    ...resources.flatMap((one) => resourcesFaults(one, `${path}.resources`)),
    ...stageFaults(omitStages, `${path}.omitStages`),
    ...(isMixed ? [invalidValue(urls, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs')] : []),
  ];
}

function levelFaults(level: string | undefined, path: string): FieldError[] {
  if (level === undefined || level === '') return [required(path)];
  return (AUDIT_LEVELS as readonly string[]).includes(level) ? [] : [notSupported(path, level, AUDIT_LEVELS)];
}

function urlFaults(url: string, path: string): FieldError[] {
  if (url === '*') return [];
  return [
    ...(url.startsWith('/') ? [] : [invalidValue(path, url, "non-resource URL rules must begin with a '/' character")]),
    ...(url.slice(0, -1).includes('*') ? [invalidValue(path, url, "non-resource URL wildcards '*' must be the final character of the rule")] : []),
  ];
}

function resourcesFaults({ group = '', resources = [], resourceNames = [] }: AuditGroupResources, path: string): FieldError[] {
  const groupFaults = group === '' || group === '*' ? [] : dnsSubdomainName(group);
  return [
    ...(groupFaults.length > 0 ? [invalidValue(`${path}.group`, group, groupFaults.join(','))] : []),
    ...(resourceNames.length > 0 && resources.length === 0 ? [invalidValue(`${path}.resourceNames`, resourceNames, 'using resourceNames requires at least one resource')] : []),
  ];
}

function stageFaults(stages: readonly string[] = [], path: string): FieldError[] {
  return stages.flatMap((stage, index) => ((AUDIT_STAGES as readonly string[]).includes(stage) ? [] : [invalidValue(`${path}[${index}]`, stage, `allowed stages are ${AUDIT_STAGES.join(',')}`)]));
}

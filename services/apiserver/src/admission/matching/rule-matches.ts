import type { AdmissionAttributes } from '../admission.ts';

/** Which requests a webhook or policy is for. Empty lists match nothing; `*` matches all. */
export interface AdmissionRule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  /** `pods`, `pods/log`, `pods/*`; a star may stand on either side of the slash, or alone for all resources without subresources. */
  readonly resources?: readonly string[];
  /** Cluster, Namespaced or `*`; the latter when absent. */
  readonly scope?: string;
}

/** What a rule looks at. */
export type RuleSubject = Pick<AdmissionAttributes, 'operation' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace'>;

export function ruleMatches(rule: AdmissionRule, subject: RuleSubject): boolean {
  return scopeMatches(rule.scope, subject) && names(rule.operations, subject.operation) && names(rule.apiGroups, subject.group)
    && names(rule.apiVersions, subject.version) && resourceMatches(rule.resources, subject);
}

function names(list: readonly string[] | undefined, one: string): boolean {
  return list !== undefined && (list.includes(one) || list.includes('*'));
}

/** A namespace has its own name as its namespace, and yet it is an object of the cluster. */
function scopeMatches(scope: string | undefined, { group, version, resource, namespace }: RuleSubject): boolean {
  if (scope === undefined || scope === '*') return true;
  const isOfCluster = namespace === '' || (group === '' && version === 'v1' && resource === 'namespaces');
  return scope === 'Cluster' ? isOfCluster : scope === 'Namespaced' && !isOfCluster;
}

function resourceMatches(resources: readonly string[] | undefined, { resource, subresource }: RuleSubject): boolean {
  return resources !== undefined && resources.some((pattern) => {
    const slash = pattern.indexOf('/');
    const [plain, sub] = slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash + 1)];
    return (plain === '*' || plain === resource) && (sub === '*' || sub === subresource);
  });
}

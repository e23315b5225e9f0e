import type { rbacV1 } from '@kubernode/api';
import type { AuthorizationAttributes } from '../../pipeline/api-request.ts';

export type PolicyRule = Readonly<rbacV1.PolicyRule>;

/** What a rule says of one request, read straight from the rule: for rules that are few or asked once. The RBAC authorizer compiles instead. */
export function ruleMatches(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!hasOrAll(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path));
  return hasOrAll(rule.apiGroups, attributes.group) && resourceMatches(rule, attributes) && nameMatches(rule, attributes.name);
}

/** `/healthz`, `*`, or a prefix that ends in a star: `/openapi/*`. */
export function urlMatches(ruleUrl: string, path: string): boolean {
  return ruleUrl === '*' || ruleUrl === path || (ruleUrl.endsWith('*') && path.startsWith(withoutTrailingStars(ruleUrl)));
}

export function withoutTrailingStars(url: string): string {
  return url.replace(/\*+$/, '');
}

function hasOrAll(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes('*') || values.includes(value));
}

function resourceMatches({ resources }: PolicyRule, { resource, subresource }: AuthorizationAttributes): boolean {
  if (subresource === '') return hasOrAll(resources, resource);
  return hasOrAll(resources, `${resource}/${subresource}`) || resources?.includes(`*/${subresource}`) === true;
}

function nameMatches({ resourceNames }: PolicyRule, name: string): boolean {
  return resourceNames === undefined || resourceNames.length === 0 || resourceNames.includes(name);
}

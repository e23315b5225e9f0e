import type { GroupVersionKind, GroupVersionResource } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../admission.ts';
import { ruleMatches, type AdmissionRule, type RuleSubject } from './rule-matches.ts';

/** The resource and kind by which a rule knows a request: the version that it names, which need not be the request's. */
export interface MatchedResource extends GroupVersionResource {
  readonly kind: GroupVersionKind;
}

/** Other groups and versions in which the same objects are served, without the one that is asked for. */
export type EquivalentResources = (request: RuleSubject) => readonly MatchedResource[];

/** A rule of a policy may be for some names alone. An object whose name is still to be made has the empty name. */
export interface NamedRule extends AdmissionRule {
  readonly resourceNames?: readonly string[];
}

/**
 * The first rule that a request meets, as the resource that the rule names; undefined when there is none. Unless the match policy is
 * Exact, a rule for another version of the same objects counts, too, after all rules for the version of the request.
 */
export function matchRules(rules: readonly NamedRule[], { attributes, matchPolicy, equivalents }: { attributes: AdmissionAttributes; matchPolicy: string | undefined; equivalents: EquivalentResources }): MatchedResource | undefined {
  if (rules.some((rule) => ruleMatches(rule, attributes) && namesObject(rule, attributes))) return requestedResource(attributes);
  if (rules.length === 0 || matchPolicy !== 'Equivalent') return undefined;
  const others = equivalents(attributes);
  for (const rule of rules) {
    const found = others.find((other) => ruleMatches(rule, { ...other, operation: attributes.operation, subresource: attributes.subresource, namespace: attributes.namespace }) && namesObject(rule, attributes));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function requestedResource({ group, version, resource, kind }: AdmissionAttributes): MatchedResource {
  return { group, version, resource, kind };
}

function namesObject({ resourceNames = [] }: NamedRule, { name }: AdmissionAttributes): boolean {
  return resourceNames.length === 0 || resourceNames.includes(name);
}

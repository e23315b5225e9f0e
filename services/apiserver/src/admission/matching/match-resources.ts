import { StatusError, type LabelSelectorObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../admission.ts';
import { matchRules, requestedResource, type EquivalentResources, type MatchedResource, type NamedRule } from './match-rules.ts';
import { compileSelectors, namespaceSelected, objectSelected, type LabelSelectors, type NamespaceLabels } from './select-by-labels.ts';

/** `matchConstraints` of policies and `matchResources` of bindings. */
export interface MatchResources {
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelectorObject;
  readonly objectSelector?: LabelSelectorObject;
  readonly resourceRules?: readonly NamedRule[];
  readonly excludeResourceRules?: readonly NamedRule[];
}

/** MatchResources ready to be asked often. */
export interface MatchCriteria {
  readonly matchPolicy: string | undefined;
  readonly selectors: LabelSelectors;
  readonly rules: readonly NamedRule[];
  readonly exclusions: readonly NamedRule[];
}

/** One request, and what has to be known besides to match it. */
export interface MatchSubject {
  readonly attributes: AdmissionAttributes;
  readonly namespaceLabels: NamespaceLabels;
  readonly equivalents: EquivalentResources;
}

export function compileMatchResources(resources: MatchResources): MatchCriteria {
  const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = resources;
  return { matchPolicy, selectors: compileSelectors(resources), rules: resourceRules, exclusions: excludeResourceRules };
}

/**
 * The resource as which a request is matched; undefined when it is not. Without rules all requests are.
 * @throws StatusError when rules match, and yet it cannot be told whether the namespace is selected.
 */
export function matchResources({ matchPolicy, selectors, rules, exclusions }: MatchCriteria, { attributes, namespaceLabels, equivalents }: MatchSubject): MatchedResource | undefined {
  const inNamespace = namespaceSelected(selectors, attributes, namespaceLabels);
  if (inNamespace === false || !objectSelected(selectors, attributes)) return undefined;
  if (matchRules(exclusions, { attributes, matchPolicy, equivalents }) !== undefined) return undefined;
  const matched = rules.length === 0 ? requestedResource(attributes) : matchRules(rules, { attributes, matchPolicy, equivalents });
  if (matched !== undefined && inNamespace instanceof StatusError) throw inNamespace;
  return matched;
}

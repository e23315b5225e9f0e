import { StatusError } from '@kubernode/apimachinery';
import type { ObjectSources, ObjectWriter } from '../../endpoints/endpoint.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { matchRules, type EquivalentResources, type MatchedResource } from '../matching/match-rules.ts';
import { namespaceLookup } from '../matching/request-namespace.ts';
import { namespaceSelected, objectSelected, type NamespaceLabels } from '../matching/select-by-labels.ts';
import { refusal } from '../refusal.ts';
import type { Hook } from './hook.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
const ADMISSION_GROUP = 'admissionregistration.k8s.io';
/** Kinds that say who is asked: asking about them could lock everybody out. */
const EXEMPT: ReadonlySet<string> = new Set(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding']);

export function isExempt({ kind: { group, kind } }: AdmissionAttributes): boolean {
  return group === ADMISSION_GROUP && EXEMPT.has(kind);
}

export function notReady(attributes: AdmissionAttributes): StatusError {
  return refusal(attributes, 'not yet ready to handle request');
}

/** Whether a webhook is to be asked, by its rules and selectors, and as what the request is told to it. @throws StatusError when that cannot be told. */
export function invocationOf({ settings: { rules = [], matchPolicy }, selectors }: Hook, attributes: AdmissionAttributes, { labels, equivalents }: { labels: NamespaceLabels; equivalents: EquivalentResources }): MatchedResource | undefined {
  const inNamespace = namespaceSelected(selectors, attributes, labels);
  if (inNamespace === false || !objectSelected(selectors, attributes)) return undefined;
  const matched = matchRules(rules, { attributes, matchPolicy, equivalents });
  if (matched !== undefined && inNamespace instanceof StatusError) throw inNamespace;
  return matched;
}

/** The labels of the namespace that a request is in. */
export function namespaceLabels(sources: ObjectSources, get: ObjectWriter['get']): (attributes: AdmissionAttributes) => Promise<NamespaceLabels> {
  const find = namespaceLookup(sources(NAMESPACES), get);
  return async (attributes) => {
    const found = await find(attributes);
    return found instanceof StatusError || found === undefined ? found : found.metadata.labels ?? {};
  };
}

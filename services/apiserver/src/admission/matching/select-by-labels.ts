import { everything, matchesLabels, selectorFromLabelSelector, type KubeObject, type Labels, type LabelSelector, type LabelSelectorObject, type StatusError } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../admission.ts';

/** Whose requests a webhook or policy is for, by labels of the object and of its namespace. */
export interface LabelSelectors {
  readonly namespace: LabelSelector;
  readonly object: LabelSelector;
}

/** The labels of the request's namespace, or why they are not known; undefined for objects of the cluster. */
export type NamespaceLabels = Labels | StatusError | undefined;

export function compileSelectors({ namespaceSelector, objectSelector }: { namespaceSelector?: LabelSelectorObject | undefined; objectSelector?: LabelSelectorObject | undefined }): LabelSelectors {
  return {
    namespace: namespaceSelector === undefined ? everything : selectorFromLabelSelector(namespaceSelector),
    object: objectSelector === undefined ? everything : selectorFromLabelSelector(objectSelector),
  };
}

/** Objects of the cluster are always selected, but namespaces: they are selected by their own labels. An error says that it cannot be told. */
export function namespaceSelected({ namespace: selector }: LabelSelectors, attributes: AdmissionAttributes, labels: NamespaceLabels): boolean | StatusError {
  const { namespace, resource, subresource, operation, object } = attributes;
  if (selector.length === 0 || (namespace === '' && resource !== 'namespaces')) return true;
  if (resource === 'namespaces' && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) return matchesLabels(selector, object?.metadata.labels);
  return labels instanceof Error ? labels : matchesLabels(selector, labels);
}

/** It is enough that the object is selected as it was or as it will be. */
export function objectSelected({ object: selector }: LabelSelectors, { object, oldObject }: AdmissionAttributes): boolean {
  return selector.length === 0 || hasLabels(selector, object) || hasLabels(selector, oldObject);
}

/** What is connected with comes without metadata, and is not selected. */
function hasLabels(selector: LabelSelector, object: Readonly<Partial<KubeObject>> | undefined): boolean {
  return object?.metadata !== undefined && matchesLabels(selector, object.metadata.labels);
}

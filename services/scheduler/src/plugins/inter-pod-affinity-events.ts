import type { coreV1 } from '@kubernode/api';
import { podAffinity, termMatches, type AffinityTerm } from '../cache/affinity-terms.ts';
import { onNode, onPod, type Change, type EventRegistration } from '../framework/cluster-event.ts';
import { occupies } from './occupies.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;
type LabelsOf = (namespace: string) => Readonly<Record<string, string>>;

/** Which changes may let a pod be placed that affinity kept away. */
export function affinityEvents(labelsOf: LabelsOf): readonly EventRegistration[] {
  return [onPod(['Add', 'UpdatePodLabel', 'Delete'], (pod, change) => podHelps(pod, change, labelsOf)), onNode(['Add', 'UpdateNodeLabel'], nodeHelps)];
}

function podHelps(pod: Pod, { before, after }: Change<Pod>, labelsOf: LabelsOf): boolean {
  if (before !== undefined && after?.metadata.uid === pod.metadata.uid) return true;
  if ((after !== undefined && !occupies(after)) || (before !== undefined && !occupies(before))) return false;
  const terms = podAffinity(pod);
  const together = (other: Pod): boolean => meets(terms?.required, other, labelsOf);
  const apart = (other: Pod): boolean => meets(terms?.requiredAnti, other, labelsOf);
  if (before !== undefined && after !== undefined) return (!together(before) && together(after)) || (apart(before) && !apart(after));
  if (after !== undefined) return together(after);
  return before !== undefined && (apart(before) || meets(podAffinity(before)?.requiredAnti, pod, labelsOf));
}

function meets(terms: readonly AffinityTerm[] | undefined, { metadata }: Pod, labelsOf: LabelsOf): boolean {
  const namespace = metadata.namespace ?? '';
  return terms !== undefined && terms.length > 0 && terms.every((term) => termMatches(term, { namespace, labels: metadata.labels }, labelsOf(namespace)));
}

function nodeHelps(pod: Pod, { before, after }: Change<Node>): boolean {
  const terms = podAffinity(pod);
  const was = (key: string): string | undefined => before?.metadata.labels?.[key];
  const is = (key: string): string | undefined => after?.metadata.labels?.[key];
  const joins = terms?.required.some(({ topologyKey }) => is(topologyKey) !== undefined && is(topologyKey) !== was(topologyKey)) === true;
  return joins || terms?.requiredAnti.some(({ topologyKey }) => before === undefined || (was(topologyKey) !== undefined && is(topologyKey) !== was(topologyKey))) === true;
}

import { matchesLabels, nothing, selectorFromLabelSelector, type LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

type Pod = Readonly<coreV1.Pod>;
type Labels = Readonly<Record<string, string>>;

/** A pod affinity term, ready to be asked. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  /** Selects nothing when the term has none. */
  readonly namespaceSelector: LabelSelector;
  readonly selector: LabelSelector;
  /** Equal for terms that say the same. */
  readonly key: string;
}

export interface WeightedTerm extends AffinityTerm { readonly weight: number }

/** All that a pod says about other pods; anti-affinity counts with negative weights. */
export interface PodAffinity {
  readonly required: readonly AffinityTerm[];
  readonly requiredAnti: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
}

const NONE: readonly never[] = [];

/** Undefined for pods that have no opinion of others, which are most. Throws for a selector that is none. */
export function podAffinity(pod: Pod): PodAffinity | undefined {
  const { podAffinity: together, podAntiAffinity: apart } = pod.spec?.affinity ?? {};
  if (together === undefined && apart === undefined) return undefined;
  const compile = (term: Readonly<coreV1.PodAffinityTerm>): AffinityTerm => affinityTerm(term, pod);
  const weighted = (sign: 1 | -1) => ({ weight, podAffinityTerm }: coreV1.WeightedPodAffinityTerm): WeightedTerm => ({ ...compile(podAffinityTerm), weight: sign * weight });
  return {
    required: together?.requiredDuringSchedulingIgnoredDuringExecution?.map(compile) ?? NONE,
    requiredAnti: apart?.requiredDuringSchedulingIgnoredDuringExecution?.map(compile) ?? NONE,
    preferred: [...together?.preferredDuringSchedulingIgnoredDuringExecution?.map(weighted(1)) ?? NONE, ...apart?.preferredDuringSchedulingIgnoredDuringExecution?.map(weighted(-1)) ?? NONE],
  };
}

/** `owner` states the term: its own namespace is meant where none is named. Label keys were made part of the selector by the API server. */
function affinityTerm(term: Readonly<coreV1.PodAffinityTerm>, owner: Pod): AffinityTerm {
  const { namespaces = NONE, namespaceSelector, labelSelector, topologyKey } = term;
  const meant = namespaces.length === 0 && namespaceSelector === undefined ? [owner.metadata.namespace ?? ''] : namespaces;
  const bySelector = namespaceSelector === undefined ? nothing : selectorFromLabelSelector(namespaceSelector);
  const selector = selectorFromLabelSelector(labelSelector);
  return { topologyKey, namespaces: new Set(meant), namespaceSelector: bySelector, selector, key: JSON.stringify([topologyKey, meant, bySelector, selector]) };
}

/** Whether the term means a pod of this namespace with these labels. */
export function termMatches({ namespaces, namespaceSelector, selector }: AffinityTerm, pod: { namespace: string; labels: Labels | undefined }, namespaceLabels: Labels): boolean {
  return (namespaces.has(pod.namespace) || matchesLabels(namespaceSelector, namespaceLabels)) && matchesLabels(selector, pod.labels);
}

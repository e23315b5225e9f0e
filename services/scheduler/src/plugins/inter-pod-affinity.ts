import { matchesLabels, nothing, selectorFromLabels, selectorFromLabelSelector, type LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import type { CycleInput, Plugin, Refusal } from '../framework/plugin.ts';

type Pod = Readonly<coreV1.Pod>;
type Term = Readonly<coreV1.PodAffinityTerm>;

/** How many matching pods each value of each topology label has: `key\0value` → count. */
type Counts = Map<string, number>;

const ANTI: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
const AFFINITY: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
const EXISTING: Refusal = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true };

/** Keeps pods together or apart, by node, zone or any other label of nodes. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  normalise: 'between-extremes',
  events: ['node-added', 'node-updated', 'pod-added', 'pod-updated', 'pod-removed', 'waiting-pod-updated'],
  prepareFilter(input) {
    const { subject: { pod }, table } = input;
    const affinity = requiredTerms(pod.spec?.affinity?.podAffinity).map((term) => compile(term, pod, input));
    const anti = requiredTerms(pod.spec?.affinity?.podAntiAffinity).map((term) => compile(term, pod, input));
    const forbidden = existingAntiAffinity(input);
    if (affinity.length === 0 && anti.length === 0 && forbidden.size === 0) return undefined;
    const together = count(table.nodes, affinity, (other) => affinity.every(({ matches }) => matches(other)));
    const apart = anti.map((term) => count(table.nodes, [term], term.matches));
    const first = together.size === 0 && affinity.every(({ matches }) => matches(pod)); // the first of its group has nobody to join
    return ({ node }) => {
      const labels = node.metadata.labels ?? {};
      const has = (counts: Counts, key: string): boolean => labels[key] !== undefined && (counts.get(`${key}\0${labels[key]}`) ?? 0) > 0;
      if (affinity.some(({ key }) => labels[key] === undefined || (!has(together, key) && !first))) return AFFINITY;
      if (anti.some(({ key }, i) => has(apart[i] ?? new Map<string, number>(), key))) return ANTI;
      for (const [key, value] of Object.entries(labels)) if (forbidden.has(`${key}\0${value}`)) return EXISTING;
      return undefined;
    };
  },
  prepareScore(input) {
    const scores = preferredScores(input);
    if (scores.size === 0) return undefined;
    return ({ node }) => Object.entries(node.metadata.labels ?? {}).reduce((sum, [key, value]) => sum + (scores.get(`${key}\0${value}`) ?? 0), 0);
  },
};

interface CompiledTerm { key: string; matches(pod: Pod): boolean }

function requiredTerms(affinity: { requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[] } | undefined): readonly Term[] {
  return affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** `owner` is the pod that states the term: its own namespace is meant where none is named, and its labels where label keys are. */
function compile(term: Term, owner: Pod, { namespaceLabels }: Pick<CycleInput, 'namespaceLabels'>): CompiledTerm {
  const { namespaces = [], namespaceSelector, labelSelector, topologyKey, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const inNamespaces = new Set(namespaces.length === 0 && namespaceSelector === undefined ? [owner.metadata.namespace ?? ''] : namespaces);
  const bySelector = namespaceSelector === undefined ? nothing : selectorFromLabelSelector(namespaceSelector);
  const selector: LabelSelector = [...selectorFromLabelSelector(labelSelector), ...keyRequirements(owner, matchLabelKeys, 'in'), ...keyRequirements(owner, mismatchLabelKeys, 'notin')];
  return {
    key: topologyKey,
    matches: ({ metadata }) => (inNamespaces.has(metadata.namespace ?? '') || matchesLabels(bySelector, namespaceLabels(metadata.namespace ?? ''))) && matchesLabels(selector, metadata.labels),
  };
}

function keyRequirements({ metadata }: Pod, keys: readonly string[], operator: 'in' | 'notin'): LabelSelector {
  const labels = selectorFromLabels(Object.fromEntries(keys.flatMap((key) => { const value = metadata.labels?.[key]; return value === undefined ? [] : [[key, value]]; })));
  return labels.map((requirement) => ({ ...requirement, operator }));
}

function count(nodes: readonly NodeView[], terms: readonly CompiledTerm[], matches: (pod: Pod) => boolean): Counts {
  const counts: Counts = new Map();
  if (terms.length === 0) return counts;
  for (const { node, pods } of nodes) {
    let found = 0;
    for (const { pod } of pods.values()) if (matches(pod)) found++;
    if (found === 0) continue;
    for (const { key } of terms) raise(counts, key, node.metadata.labels?.[key], found);
  }
  return counts;
}

/** Where pods that are there already do not want this one. */
function existingAntiAffinity(input: CycleInput): Counts {
  const counts: Counts = new Map();
  for (const { node, pods } of input.table.nodes) {
    for (const { pod } of pods.values()) {
      for (const term of requiredTerms(pod.spec?.affinity?.podAntiAffinity)) {
        const { key, matches } = compile(term, pod, input);
        if (matches(input.subject.pod)) raise(counts, key, node.metadata.labels?.[key], 1);
      }
    }
  }
  return counts;
}

/** What each topology value is worth: the pod's own preferences, and those of the pods there; required affinity of theirs counts 1. */
function preferredScores(input: CycleInput): Counts {
  const { subject: { pod }, table } = input;
  const scores: Counts = new Map();
  const own = [...weighted(pod, 'podAffinity', 1), ...weighted(pod, 'podAntiAffinity', -1)].map(({ weight, term }) => ({ weight, ...compile(term, pod, input) }));
  for (const { node, pods } of table.nodes) {
    const labels = node.metadata.labels ?? {};
    for (const { pod: other } of pods.values()) {
      for (const { weight, key, matches } of own) if (matches(other)) raise(scores, key, labels[key], weight);
      if (other.spec?.affinity === undefined) continue;
      const theirs = [...requiredTerms(other.spec.affinity.podAffinity).map((term) => ({ weight: 1, term })), ...weighted(other, 'podAffinity', 1), ...weighted(other, 'podAntiAffinity', -1)];
      for (const { weight, term } of theirs) {
        const { key, matches } = compile(term, other, input);
        if (matches(pod)) raise(scores, key, labels[key], weight);
      }
    }
  }
  return scores;
}

function weighted({ spec }: Pod, kind: 'podAffinity' | 'podAntiAffinity', sign: 1 | -1): { weight: number; term: Term }[] {
  return spec?.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution?.map(({ weight, podAffinityTerm }) => ({ weight: sign * weight, term: podAffinityTerm })) ?? [];
}

function raise(counts: Counts, key: string, value: string | undefined, by: number): void {
  if (value !== undefined) counts.set(`${key}\0${value}`, (counts.get(`${key}\0${value}`) ?? 0) + by);
}

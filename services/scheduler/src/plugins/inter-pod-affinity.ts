import { matchesLabels, nothing } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Lister } from '@kubernode/client';
import { termMatches, type AffinityTerm, type PodAffinity } from '../cache/affinity-terms.ts';
import { podMatches, podQuery, type PodQuery } from '../cache/pod-counts.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { TermGroup } from '../cache/term-groups.ts';
import type { InterPodAffinityArgs } from '../config/plugin-args.ts';
import { SCORE_MAX, type Cycle, type NodeFilter, type NodeScorer, type Plugin, type PluginHandle } from '../framework/plugin.ts';
import { unresolvable, unschedulable } from '../framework/verdict.ts';
import { affinityEvents } from './inter-pod-affinity-events.ts';
import { DomainSums } from './domain-sums.ts';

type Labels = Readonly<Record<string, string>>;
type Namespaces = Pick<Lister<coreV1.Namespace>, 'get' | 'list'>;

const ANTI = unschedulable("node(s) didn't match pod anti-affinity rules");
const AFFINITY = unresolvable("node(s) didn't match pod affinity rules");
const EXISTING = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
const NOBODY: PodAffinity = { required: [], requiredAnti: [], preferred: [] };
const NO_LABELS: Labels = Object.freeze({});

/** Keeps pods together or apart, by node, zone or any other label of nodes. */
export function interPodAffinity({ hardPodAffinityWeight, ignorePreferredTermsOfExistingPods }: InterPodAffinityArgs, handle: Pick<PluginHandle, 'lister'>): Plugin {
  const namespaces = handle.lister(coreV1Resources.namespaces);
  const labelsOf = (name: string): Labels => namespaces.get(name)?.metadata.labels ?? NO_LABELS;
  return {
    name: 'InterPodAffinity',
    events: affinityEvents(labelsOf),
    prepareFilter(cycle) {
      const { subject } = cycle;
      if (subject.affinity === undefined && !cycle.table.terms.has('requiredAnti')) return undefined;
      const { required, requiredAnti } = subject.affinity ?? NOBODY;
      const existing = existingAntiAffinity(cycle, labelsOf(subject.namespace));
      if (existing.isEmpty && required.length === 0 && requiredAnti.length === 0) return undefined;
      return new AffinityFilter(cycle, { existing, labels: labelsOf(subject.namespace), namespaces });
    },
    prepareScore(cycle) {
      const own = cycle.subject.affinity?.preferred ?? [];
      if (ignorePreferredTermsOfExistingPods && own.length === 0) return undefined;
      const sums = preferredSums(cycle, { namespaces, labels: labelsOf(cycle.subject.namespace), hardPodAffinityWeight, withExisting: !ignorePreferredTermsOfExistingPods || own.length > 0 });
      return sums.isEmpty ? undefined : betweenExtremes((row) => sums.total(row));
    },
  };
}

/** The pods that a term means, with the namespaces that its selector means today. */
function queryOf(terms: readonly AffinityTerm[], namespaces: Namespaces): PodQuery {
  const [first, ...others] = terms.map((term) => namespacesOf(term, namespaces));
  const common = others.reduce((a, b) => (a === undefined ? b : b === undefined ? a : new Set([...a].filter((one) => b.has(one)))), first);
  return podQuery({ namespaces: common, selectors: terms.map(({ selector }) => selector), withoutTerminating: false });
}

function namespacesOf({ namespaces, namespaceSelector }: AffinityTerm, all: Namespaces): ReadonlySet<string> | undefined {
  if (namespaceSelector === nothing) return namespaces;
  if (namespaceSelector.length === 0) return undefined; // selects all
  const selected = all.list().filter(({ metadata }) => matchesLabels(namespaceSelector, metadata.labels)).map(({ metadata }) => metadata.name);
  return selected.length === 0 ? namespaces : new Set([...namespaces, ...selected]);
}

/** Where pods that are there already do not want this one. */
function existingAntiAffinity({ subject, table }: Cycle, namespaceLabels: Labels): DomainSums {
  const sums = new DomainSums(table);
  for (const { term, rows } of table.terms.of('requiredAnti')) if (termMatches(term, subject, namespaceLabels)) sums.addRows(term.topologyKey, rows, 1);
  return sums;
}

interface FilterInput { existing: DomainSums; labels: Labels; namespaces: Namespaces }

/** What the incoming pod and those that are there say about each other, by topology value; changed with each pod that is taken away or put in. */
class AffinityFilter implements NodeFilter {
  readonly #subject: PodInfo;
  readonly #labels: Labels;
  readonly #affinity: PodAffinity;
  /** Pods that meet all required terms together, and whether the subject itself does: the first of its group has nobody to join. */
  readonly #together: PodQuery | undefined;
  readonly #apart: readonly { term: AffinityTerm; query: PodQuery }[];
  readonly #existingSums: DomainSums;
  readonly #togetherSums: DomainSums;
  readonly #apartSums: DomainSums;

  constructor({ subject, table }: Cycle, { existing, labels, namespaces }: FilterInput) {
    this.#subject = subject;
    this.#labels = labels;
    this.#affinity = subject.affinity ?? NOBODY;
    const { required, requiredAnti } = this.#affinity;
    this.#together = required.length === 0 ? undefined : queryOf(required, namespaces);
    this.#apart = requiredAnti.map((term) => ({ term, query: queryOf([term], namespaces) }));
    this.#existingSums = existing;
    this.#togetherSums = new DomainSums(table);
    this.#apartSums = new DomainSums(table);
    if (this.#together !== undefined) { const rows = table.matching(this.#together); for (const { topologyKey } of required) this.#togetherSums.addRows(topologyKey, rows, 1); }
    for (const { term, query } of this.#apart) this.#apartSums.addRows(term.topologyKey, table.matching(query), 1);
  }

  check({ row }: { row: number }): ReturnType<NodeFilter['check']> {
    if (!this.#joins(row)) return AFFINITY;
    if (this.#apartSums.anyAt(row)) return ANTI;
    return this.#existingSums.anyAt(row) ? EXISTING : undefined;
  }

  podAdded(pod: PodInfo, node: { row: number }): void { this.#change(pod, node.row, 1); }
  podRemoved(pod: PodInfo, node: { row: number }): void { this.#change(pod, node.row, -1); }

  #joins(row: number): boolean {
    if (this.#together === undefined) return true;
    let found = true;
    for (const { topologyKey } of this.#affinity.required) {
      if (!this.#togetherSums.hasDomain(topologyKey, row)) return false;
      if (this.#togetherSums.at(topologyKey, row) <= 0) found = false;
    }
    return found || (this.#togetherSums.isZero && podMatches(this.#together, this.#subject));
  }

  #change(pod: PodInfo, row: number, by: 1 | -1): void {
    for (const term of pod.affinity?.requiredAnti ?? []) if (termMatches(term, this.#subject, this.#labels)) this.#existingSums.addAt(term.topologyKey, row, by);
    if (this.#together !== undefined && podMatches(this.#together, pod)) for (const { topologyKey } of this.#affinity.required) this.#togetherSums.addAt(topologyKey, row, by);
    for (const { term, query } of this.#apart) if (podMatches(query, pod)) this.#apartSums.addAt(term.topologyKey, row, by);
  }
}

interface ScoreInput { namespaces: Namespaces; labels: Labels; hardPodAffinityWeight: number; withExisting: boolean }

/** What each topology value is worth: the pod's own preferences, and those of the pods there; required affinity of theirs counts, too. */
function preferredSums({ subject, table }: Cycle, { namespaces, labels, hardPodAffinityWeight, withExisting }: ScoreInput): DomainSums {
  const sums = new DomainSums(table);
  for (const term of subject.affinity?.preferred ?? []) sums.addRows(term.topologyKey, table.matching(queryOf([term], namespaces)), term.weight);
  const take = ({ term, rows }: TermGroup, weight: number): void => { if (termMatches(term, subject, labels)) sums.addRows(term.topologyKey, rows, weight); };
  if (withExisting) for (const group of table.terms.of('preferred')) take(group, group.weight);
  if (withExisting && hardPodAffinityWeight > 0) for (const group of table.terms.of('required')) take(group, hardPodAffinityWeight);
  return sums;
}

function betweenExtremes(at: (row: number) => number): NodeScorer {
  return {
    score: ({ row }) => at(row),
    normalise(scores) {
      let [least, most] = [Infinity, -Infinity];
      for (const score of scores) { least = Math.min(least, score); most = Math.max(most, score); }
      for (let i = 0; i < scores.length; i++) scores[i] = most === least ? 0 : Math.trunc(SCORE_MAX * (((scores[i] as number) - least) / (most - least))); // within length
    },
  };
}


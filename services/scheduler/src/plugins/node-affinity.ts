import type { coreV1 } from '@kubernode/api';
import type { NodeAffinityArgs } from '../config/plugin-args.ts';
import { normaliseByHighest } from '../cycle/score-nodes.ts';
import { onNode } from '../framework/cluster-event.ts';
import type { NodeFilter, Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/verdict.ts';
import { namedBy, nodeSelector, nodeSelectorTerm, requiredOfNode, type NodePredicate } from './node-selector.ts';

type Node = Readonly<coreV1.Node>;
interface Preference { weight: number; matches: NodePredicate }

const OTHER = unresolvable("node(s) didn't match Pod's node affinity/selector");
const ENFORCED = unresolvable("node(s) didn't match scheduler-enforced node affinity");
const CONFLICT = unresolvable('pod affinity terms conflict');

/** nodeSelector and required node affinity decide, preferred node affinity ranks; the profile may add both for all its pods. */
export function nodeAffinity({ addedAffinity }: NodeAffinityArgs): Plugin {
  const enforced = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution === undefined ? undefined : nodeSelector(addedAffinity.requiredDuringSchedulingIgnoredDuringExecution);
  const added = preferences(addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution);
  return {
    name: 'NodeAffinity',
    events: [onNode(['Add', 'UpdateNodeLabel'], (pod, { before, after }) => {
      if (after === undefined || enforced?.(after) === false) return false;
      const matches = requiredOfNode(pod);
      return (matches?.(after) ?? true) && (before === undefined || matches?.(before) === false);
    })],
    prepareFilter({ subject: { pod } }) {
      const required = requiredOfNode(pod);
      if (required === undefined && enforced === undefined) return undefined;
      const filter: NodeFilter = { check: ({ node }) => (enforced?.(node) === false ? ENFORCED : required?.(node) === false ? OTHER : undefined) };
      const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
      const only = terms.length === 0 ? undefined : namedBy(terms);
      if (only === undefined) return filter;
      return only.size === 0 ? CONFLICT : { ...filter, only };
    },
    prepareScore({ subject: { pod } }) {
      const own = preferences(pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution);
      if (own.length === 0 && added.length === 0) return undefined;
      const all = [...added, ...own];
      return { score: ({ node }) => sumOf(all, node), normalise: (scores) => { normaliseByHighest(scores); } };
    },
  };
}

/** Preferences without weight, or that match every node, do not count. */
function preferences(terms: readonly coreV1.PreferredSchedulingTerm[] = []): Preference[] {
  return terms.filter(({ weight, preference }) => weight !== 0 && !isEmpty(preference)).map(({ weight, preference }) => ({ weight, matches: nodeSelectorTerm(preference) }));
}

function isEmpty({ matchExpressions = [], matchFields = [] }: coreV1.NodeSelectorTerm): boolean { return matchExpressions.length === 0 && matchFields.length === 0; }

function sumOf(all: readonly Preference[], node: Node): number {
  let sum = 0;
  for (const { weight, matches } of all) if (matches(node)) sum += weight;
  return sum;
}

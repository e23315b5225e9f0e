import { matchesLabels, type LabelOperator, type LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

type Node = Readonly<coreV1.Node>;
type Term = Readonly<coreV1.NodeSelectorTerm>;
export type NodePredicate = (node: Node) => boolean;

const OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };

/** One of the terms has to match. */
export function nodeSelector(selector: Readonly<coreV1.NodeSelector>): NodePredicate {
  const terms = selector.nodeSelectorTerms.map(nodeSelectorTerm);
  return (node) => terms.some((matches) => matches(node));
}

/** A term without requirements matches no node. */
export function nodeSelectorTerm({ matchExpressions = [], matchFields = [] }: Term): NodePredicate {
  if (matchExpressions.length === 0 && matchFields.length === 0) return () => false;
  const labels = selectorOf(matchExpressions);
  const fields = selectorOf(matchFields);
  return ({ metadata }) => matchesLabels(labels, metadata.labels) && (fields.length === 0 || matchesLabels(fields, { 'metadata.name': metadata.name }));
}

/** What a pod requires of its node's labels and name; undefined when nothing. */
export function requiredOfNode({ spec }: Readonly<coreV1.Pod>): NodePredicate | undefined {
  const labels = Object.entries(spec?.nodeSelector ?? {});
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (labels.length === 0 && required === undefined) return undefined;
  const matches = required === undefined ? undefined : nodeSelector(required);
  return (node) => labels.every(([name, value]) => node.metadata.labels?.[name] === value) && matches?.(node) !== false;
}

/** The names that the terms leave over; undefined when one of them names none. */
export function namedBy(terms: readonly Term[]): ReadonlySet<string> | undefined {
  const all = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const named = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In').map(({ values = [] }) => new Set(values));
    const [first, ...others] = named;
    if (first === undefined) return undefined;
    for (const name of first) if (others.every((one) => one.has(name))) all.add(name);
  }
  return all;
}

function selectorOf(requirements: readonly coreV1.NodeSelectorRequirement[]): LabelSelector {
  return requirements.map(({ key, operator, values = [] }) => ({ key, operator: OPERATORS[operator] ?? 'in', values }));
}

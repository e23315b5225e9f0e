import { matchesLabels, type LabelOperator, type LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import type { Plugin } from '../framework/plugin.ts';

type Term = Readonly<coreV1.NodeSelectorTerm>;

const OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };
const REFUSAL = { reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false };

/** nodeSelector and required node affinity decide, preferred node affinity ranks. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  normalise: 'highest-is-100',
  events: ['node-added', 'node-updated', 'waiting-pod-updated'],
  prepareFilter({ subject: { pod } }) {
    const selector = Object.entries(pod.spec?.nodeSelector ?? {});
    const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.map(compile);
    if (selector.length === 0 && terms === undefined) return undefined;
    return (view) => {
      const labels = view.node.metadata.labels ?? {};
      const selected = selector.every(([name, value]) => labels[name] === value);
      return selected && (terms === undefined || terms.some((matches) => matches(view))) ? undefined : REFUSAL;
    };
  },
  prepareScore({ subject: { pod } }) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.map(({ weight, preference }) => ({ weight, matches: compile(preference) }));
    if (preferred === undefined || preferred.length === 0) return undefined;
    return (view) => preferred.reduce((sum, { weight, matches }) => sum + (matches(view) ? weight : 0), 0);
  },
};

/** A term without requirements matches no node. */
function compile({ matchExpressions = [], matchFields = [] }: Term): (view: NodeView) => boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return () => false;
  const labels = selectorOf(matchExpressions);
  const fields = selectorOf(matchFields);
  return ({ node, name }) => matchesLabels(labels, node.metadata.labels) && (fields.length === 0 || matchesLabels(fields, { 'metadata.name': name }));
}

function selectorOf(requirements: readonly coreV1.NodeSelectorRequirement[]): LabelSelector {
  return requirements.map(({ key, operator, values = [] }) => ({ key, operator: OPERATORS[operator] ?? 'in', values }));
}

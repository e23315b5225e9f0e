import { matchesLabels, type LabelOperator, type Labels } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

const OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };

/** Whether a node with these labels can use the volume. As in Kubernetes only labels count: fields of the node are not looked at. */
export function reachesNode({ spec }: Readonly<coreV1.PersistentVolume>, labels: Readonly<Labels> | undefined): boolean {
  const required = spec?.nodeAffinity?.required;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, labels)); // no terms: no node
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: coreV1.NodeSelectorTerm, labels: Readonly<Labels> | undefined): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const known = OPERATORS[operator];
    return known !== undefined && matchesLabels([{ key, operator: known, values }], labels);
  });
}

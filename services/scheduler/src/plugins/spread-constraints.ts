import { matchesLabels, selectorFromLabels, selectorFromLabelSelector, type LabelSelector } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { requiredOfNode, type NodePredicate } from './node-selector.ts';
import { toleratesAll } from './tolerations.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;
type Labels = Readonly<Record<string, string>> | undefined;

export interface SpreadConstraint {
  readonly key: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: LabelSelector;
  /** `Honor`: nodes that the pod cannot be on do not count. */
  readonly nodeAffinityPolicy: string;
  readonly nodeTaintsPolicy: string;
}

/** The constraints of a kind, ready to be asked. */
export function compileConstraints(constraints: readonly coreV1.TopologySpreadConstraint[], labels: Labels, whenUnsatisfiable: string): SpreadConstraint[] {
  return constraints.filter((one) => one.whenUnsatisfiable === whenUnsatisfiable).map((one) => ({
    key: one.topologyKey, maxSkew: one.maxSkew, minDomains: one.minDomains ?? 1,
    selector: [...keyRequirements(labels, one.matchLabelKeys ?? []), ...selectorFromLabelSelector(one.labelSelector)],
    nodeAffinityPolicy: one.nodeAffinityPolicy ?? 'Honor', nodeTaintsPolicy: one.nodeTaintsPolicy ?? 'Ignore',
  }));
}

function keyRequirements(labels: Labels, keys: readonly string[]): LabelSelector {
  return selectorFromLabels(Object.fromEntries(keys.flatMap((key) => { const value = labels?.[key]; return value === undefined ? [] : [[key, value]]; })));
}

/** Which nodes' pods count at all; undefined when those of all nodes do. */
export function inclusion({ spec }: Pod, constraint: SpreadConstraint, required: NodePredicate | undefined = requiredOfNode({ spec } as Pod)): ((node: Node) => boolean) | undefined { // what is required of nodes stands in the spec alone
  const byAffinity = constraint.nodeAffinityPolicy === 'Honor' ? required : undefined;
  const byTaints = constraint.nodeTaintsPolicy === 'Honor';
  if (byAffinity === undefined && !byTaints) return undefined;
  return (node) => byAffinity?.(node) !== false && (!byTaints || toleratesAll(spec?.tolerations, node.spec?.taints));
}

export function hasAllKeys(constraints: readonly SpreadConstraint[], labels: Labels): boolean { return constraints.every(({ key }) => labels?.[key] !== undefined); }

export function anySelects(constraints: readonly SpreadConstraint[], labels: Labels): boolean { return constraints.some(({ selector }) => matchesLabels(selector, labels)); }

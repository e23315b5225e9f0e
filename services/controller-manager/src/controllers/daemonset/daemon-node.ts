import { matchesLabels, selectorFromLabels, type LabelOperator, type LabelSelector } from '@kubernode/apimachinery';
import type { appsV1, coreV1 } from '@kubernode/api';
import { covers } from '../node/toleration.ts';

type Node = Readonly<coreV1.Node>;

const OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };

/** Daemons stay where others must go. */
const DAEMON_TOLERATIONS: readonly coreV1.Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_TOLERATION: coreV1.Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

/** A daemon's tolerations: each of the automatic ones stands in the place of the template's own for the same, where it has one. */
export function daemonTolerations({ hostNetwork, tolerations = [] }: Partial<coreV1.PodSpec>): coreV1.Toleration[] {
  const automatic = [...DAEMON_TOLERATIONS, ...(hostNetwork === true ? [NETWORK_TOLERATION] : [])];
  const isSame = (a: coreV1.Toleration, b: coreV1.Toleration): boolean => a.key === b.key && a.operator === b.operator && a.effect === b.effect && (a.value ?? '') === (b.value ?? '');
  return [
    ...tolerations.map((own) => automatic.find((one) => isSame(one, own)) ?? own),
    ...automatic.filter((one) => !tolerations.some((own) => isSame(one, own))),
  ];
}

/** Whether a daemon belongs on a node, and whether one that is there may stay. */
export interface Placement { run: boolean; stay: boolean }

export function placeOf(set: Readonly<appsV1.DaemonSet>, node: Node): Placement { return placer(set)(node); }

/** The placement of a set's daemons, for many nodes. A taint that came later drives a daemon out only with NoExecute. */
export function placer({ spec }: Readonly<appsV1.DaemonSet>): (node: Node) => Placement {
  const pod: coreV1.PodSpec = spec?.template.spec ?? { containers: [] };
  const tolerations = daemonTolerations(pod);
  const suits = affinityOf(pod);
  return (node) => {
    if ((pod.nodeName ?? '') !== '' && pod.nodeName !== node.metadata.name) return { run: false, stay: false };
    if (!suits(node)) return { run: false, stay: false };
    const untolerated = (node.spec?.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((one) => covers(one, taint)));
    return { run: untolerated.length === 0, stay: untolerated.every(({ effect }) => effect !== 'NoExecute') };
  };
}

function affinityOf({ nodeSelector = {}, affinity }: Readonly<coreV1.PodSpec>): (node: Node) => boolean {
  const selected = selectorFromLabels(nodeSelector);
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
    .filter(({ matchExpressions = [], matchFields = [] }) => matchExpressions.length + matchFields.length > 0) // an empty term matches no node
    .map(({ matchExpressions = [], matchFields = [] }) => ({ labels: selectorOf(matchExpressions), fields: selectorOf(matchFields) }));
  return ({ metadata: { name, labels } }) => matchesLabels(selected, labels)
    && (terms === undefined || terms.some((term) => matchesLabels(term.labels, labels) && matchesLabels(term.fields, { 'metadata.name': name })));
}

function selectorOf(requirements: readonly coreV1.NodeSelectorRequirement[]): LabelSelector {
  return requirements.map(({ key, operator, values = [] }) => ({ key, operator: OPERATORS[operator] ?? 'in', values }));
}

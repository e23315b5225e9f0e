import { matchesLabels, type LabelOperator, type LabelSelector } from '@kubernode/apimachinery';
import type { appsV1, coreV1 } from '@kubernode/api';
import { covers } from '../node/toleration.ts';

type Node = Readonly<coreV1.Node>;

const OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };

/** Daemons stay where others must go. */
export const DAEMON_TOLERATIONS: readonly coreV1.Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_TOLERATION: coreV1.Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

export function daemonTolerations({ hostNetwork, tolerations = [] }: Partial<coreV1.PodSpec>): coreV1.Toleration[] {
  const wanted = [...DAEMON_TOLERATIONS, ...(hostNetwork === true ? [NETWORK_TOLERATION] : [])];
  const known = (one: coreV1.Toleration): boolean => tolerations.some(({ key, operator, effect, value = '', tolerationSeconds }) => key === one.key && operator === one.operator && effect === one.effect && value === '' && tolerationSeconds === undefined);
  return [...tolerations, ...wanted.filter((one) => !known(one))];
}

/** Whether a daemon belongs on the node, and whether one that is there may stay: a taint that came later drives it out only with NoExecute. */
export function placeOf({ spec }: Readonly<appsV1.DaemonSet>, node: Node): { run: boolean; stay: boolean } {
  const pod = spec?.template.spec;
  const named = pod?.nodeName === undefined || pod.nodeName === node.metadata.name;
  if (!named || !matchesAffinity(pod, node)) return { run: false, stay: false };
  const tolerations = daemonTolerations(pod ?? {});
  const untolerated = (node.spec?.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((one) => covers(one, taint)));
  return { run: untolerated.length === 0, stay: untolerated.every(({ effect }) => effect !== 'NoExecute') };
}

function matchesAffinity(pod: Readonly<coreV1.PodSpec> | undefined, { metadata }: Node): boolean {
  const selected = Object.entries(pod?.nodeSelector ?? {}).every(([name, value]) => metadata.labels?.[name] === value);
  const terms = pod?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return selected && (terms === undefined || terms.some(({ matchExpressions = [], matchFields = [] }) => matchExpressions.length + matchFields.length > 0
    && matchesLabels(selectorOf(matchExpressions), metadata.labels) && matchesLabels(selectorOf(matchFields), { 'metadata.name': metadata.name })));
}

function selectorOf(requirements: readonly coreV1.NodeSelectorRequirement[]): LabelSelector {
  return requirements.map(({ key, operator, values = [] }) => ({ key, operator: OPERATORS[operator] ?? 'in', values }));
}

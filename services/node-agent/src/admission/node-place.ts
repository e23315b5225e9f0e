import { matchesLabels, type LabelOperator } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { type Container, initContainers, isSidecar, mainContainers, type Pod } from '../pod/pod-facts.ts';
import { isStaticPod } from '../pod/pod-origin.ts';
import type { Refusal } from '../pod-workers/pod-end.ts';
import { withoutPod } from './node-admission.ts';

type Node = Readonly<coreV1.Node>;

/** Why a pod does not belong on the node beside the others, whatever the scheduler thought: it may be out of date, or have had no part in it. */
export function placeRefusal(pod: Pod, others: readonly Pod[], node: Node): Refusal | undefined {
  const label = pod.metadata.labels?.['kubernetes.io/os'];
  if (label !== undefined && label !== 'linux') return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message: 'Failed to admit pod as the `kubernetes.io/os` label doesn\'t match node label' };
  const failed = (predicate: string, why: string): Refusal => ({ reason: predicate, message: `Predicate ${predicate} failed: ${why}` });
  if (!suitsNode(pod, node)) return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  const ports = hostPorts(pod);
  const taken = withoutPod(others, pod).flatMap(hostPorts);
  if (ports.some((port) => taken.some((other) => clash(port, other)))) return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  const isTolerated = isStaticPod(pod) || (node.spec?.taints ?? []).every((taint) => taint.effect !== 'NoExecute' || (pod.spec?.tolerations ?? []).some((one) => tolerates(one, taint)));
  return isTolerated ? undefined : failed('TaintToleration', "node(s) had taints that the pod didn't tolerate");
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };

function suitsNode({ spec }: Pod, { metadata: { name, labels = {} } }: Node): boolean {
  if (!Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fulfils = (requirements: readonly coreV1.NodeSelectorRequirement[], values: Readonly<Record<string, string>>): boolean => (
    matchesLabels(requirements.map(({ key, operator, values: wanted = [] }) => ({ key, operator: OPERATORS[operator] ?? 'in', values: wanted })), values));
  return terms === undefined || terms.some(({ matchExpressions = [], matchFields = [] }) => (
    matchExpressions.length + matchFields.length > 0 && fulfils(matchExpressions, labels) && fulfils(matchFields, { 'metadata.name': name })));
}

interface HostPort { ip: string; protocol: string; port: number }
const ANY_ADDRESS = '0.0.0.0';

function hostPorts(pod: Pod): HostPort[] {
  const bound: readonly Container[] = [...mainContainers(pod), ...initContainers(pod).filter(isSidecar)];
  return bound.flatMap(({ ports = [] }) => ports).flatMap(({ hostPort = 0, hostIP, protocol = 'TCP' }) => (hostPort > 0 ? [{ ip: hostIP === undefined || hostIP === '' ? ANY_ADDRESS : hostIP, protocol, port: hostPort }] : []));
}

function clash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS);
}

function tolerates({ key = '', operator = 'Equal', value = '', effect = '' }: coreV1.Toleration, taint: coreV1.Taint): boolean {
  if ((effect !== '' && effect !== taint.effect) || (key !== '' && key !== taint.key)) return false;
  return operator === 'Exists' || ((operator === 'Equal' || operator === '') && value === (taint.value ?? ''));
}

import { formatTime, timeToMs } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { conditionPatch } from '../condition-patch.ts';
import { conditionOf } from '../conditions.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

/** Why a pod is removed; Kubernetes' words in metrics. */
export type Reason = 'terminated' | 'out-of-service' | 'orphaned' | 'unscheduled';

export interface PodGarbageSnapshot {
  pods: readonly Pod[];
  nodeOf(name: string): Node | undefined;
  /** Nodes that have been missing for long, and that the server does not know either. */
  goneNodes: ReadonlySet<string>;
}

export interface PodGarbageOptions {
  /** How many ended pods may stay; 0 for any number. */
  threshold: number;
  onRemoval?: (reason: Reason, namespace: string, outcome: 'removed' | 'refused') => void;
}

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const ALIVE: ReadonlySet<string> = new Set(['Pending', 'Running', 'Unknown']);

/** Removes pods that nobody else will. Each stands for itself: one that cannot be removed is tried again with the next look. */
export function collectPods({ pods, nodeOf, goneNodes }: PodGarbageSnapshot, { threshold, onRemoval }: PodGarbageOptions, nowMs: number): Action {
  const reasons = new Map<Pod, Reason>();
  for (const pod of tooMany(pods, threshold)) reasons.set(pod, 'terminated');
  for (const pod of pods) {
    if (reasons.has(pod)) continue;
    const nodeName = pod.spec?.nodeName ?? '';
    const isDeleted = pod.metadata.deletionTimestamp !== undefined;
    if (isDeleted && isOutOfService(nodeOf(nodeName))) reasons.set(pod, 'out-of-service');
    else if (goneNodes.has(nodeName)) reasons.set(pod, 'orphaned');
    else if (isDeleted && nodeName === '') reasons.set(pod, 'unscheduled');
  }
  return { do: 'all', actions: [...reasons].flatMap(([pod, reason]) => removal(pod, reason, { nowMs, onRemoval })) };
}

/** Of ended pods those above the threshold: evicted ones first, then by age. */
function tooMany(pods: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0) return [];
  const ended = pods.filter(({ status }) => !ALIVE.has(status?.phase ?? ''));
  return ended.length <= threshold ? [] : ended.sort(byEvictionAndAge).slice(0, ended.length - threshold);
}

function byEvictionAndAge(a: Pod, b: Pod): number {
  const isEvicted = ({ status }: Pod): boolean => status?.phase === 'Failed' && status.reason === 'Evicted';
  const createdMs = ({ metadata }: Pod): number => timeToMs(metadata.creationTimestamp) ?? 0;
  return Number(isEvicted(b)) - Number(isEvicted(a)) || createdMs(a) - createdMs(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** Somebody said that the node is off for good, and it does not claim otherwise. */
function isOutOfService(node: Node | undefined): boolean {
  return node !== undefined && conditionOf(node.status?.conditions, 'Ready')?.status !== 'True' && node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
}

/** A pod that has not ended has failed: nobody will ever know better. */
function removal(pod: Pod, reason: Reason, { nowMs, onRemoval }: { nowMs: number; onRemoval: PodGarbageOptions['onRemoval'] }): Action[] {
  const { name, namespace = '', uid } = pod.metadata;
  const told = (outcome: 'removed' | 'refused'): Action => ({ do: 'remember', note: () => { onRemoval?.(reason, namespace, outcome); } });
  const refused = (): { actions: Action[]; handled: boolean } => ({ actions: [told('refused')], handled: true });
  const remove: Action = { do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid, gracePeriodSeconds: 0, then: () => [told('removed')], otherwise: refused };
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return [remove];
  return [{
    do: 'patch', resource: coreV1Resources.pods, target: { name, namespace, subresource: 'status' },
    patch: { type: 'strategic', body: { metadata: { uid }, status: failedStatus(pod, reason, nowMs) } },
    then: () => [remove], otherwise: refused,
  }];
}

function failedStatus({ metadata: { generation }, status }: Pod, reason: Reason, nowMs: number): object {
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  if (reason !== 'orphaned') return { phase: 'Failed', ...observed };
  const present = conditionOf(status?.conditions, 'DisruptionTarget');
  const lastTransitionTime = present?.status === 'True' ? present.lastTransitionTime : formatTime(nowMs);
  const condition = { type: 'DisruptionTarget', ...observed, status: 'True', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists', lastTransitionTime };
  return { phase: 'Failed', ...observed, ...conditionPatch(status?.conditions, condition) };
}

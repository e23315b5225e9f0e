import { formatTime, timeToMs } from '@kubernode/apimachinery';
import type { coordinationV1, coreV1 } from '@kubernode/api';
import { conditionOf } from '../../conditions.ts';
import { readyConditionOf, type NodeCondition } from './node-taints.ts';

type Node = Readonly<coreV1.Node>;

/** What was last heard of a node. Its own times are compared with each other only: its clock may be wrong. */
export interface NodeHealth {
  uid: string;
  /** When, on this controller's monotonic clock, the last sign of life came. */
  heardMs: number;
  /** The heartbeat of the Ready condition then; undefined for a node that never reported. */
  heartbeat: string | undefined;
  /** The renewal of its lease then. */
  renewed: string | undefined;
}

export interface GracePeriods { graceMs: number; startupGraceMs: number }

/** Wall-clock time, for what users see, and monotonic time, for measuring. */
export interface Moment { nowMs: number; monotonicMs: number }

const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Takes notice of a node: a newer heartbeat or lease is a sign of life. One that never reported counts from its creation. */
export function heardOf(before: NodeHealth | undefined, node: Node, lease: Readonly<coordinationV1.Lease> | undefined, { nowMs, monotonicMs }: Moment): NodeHealth {
  const { uid = '', creationTimestamp } = node.metadata;
  const ready = readyConditionOf(node);
  const heartbeat = ready === undefined ? undefined : ready.lastHeartbeatTime ?? '';
  const renewed = lease?.spec?.renewTime ?? undefined;
  const known = before?.uid === uid ? before : undefined;
  const renewal = renewed !== undefined && (known?.renewed === undefined || isLater(renewed, known.renewed));
  const sign = renewal || (known === undefined ? ready !== undefined : known.heartbeat !== heartbeat);
  const createdAgoMs = nowMs - (timeToMs(creationTimestamp) ?? nowMs);
  return { uid, heartbeat, renewed: renewal ? renewed : known?.renewed, heardMs: sign ? monotonicMs : known?.heardMs ?? monotonicMs - createdAgoMs };
}

/** The conditions of a node that has been silent for too long; undefined while it may be, or when they say so already. */
export function silentConditions(node: Node, { heardMs, heartbeat }: NodeHealth, { graceMs, startupGraceMs }: GracePeriods, { nowMs, monotonicMs }: Moment): readonly NodeCondition[] | undefined {
  if (monotonicMs - heardMs <= (heartbeat === undefined ? startupGraceMs : graceMs)) return undefined;
  if (readyConditionOf(node)?.status === 'Unknown') return undefined;
  const now = formatTime(nowMs);
  const present = node.status?.conditions ?? [];
  const stopped = present.map((one) => (!(REPORTED as readonly string[]).includes(one.type) || one.status === 'Unknown'
    ? one : { ...one, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now }));
  const never = REPORTED.filter((type) => conditionOf(present, type) === undefined).map((type) => ({
    type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', lastHeartbeatTime: node.metadata.creationTimestamp ?? now, lastTransitionTime: now,
  }));
  return [...stopped, ...never];
}

/** Microsecond times of one format compare as text; others by their milliseconds. */
function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : (timeToMs(a) ?? 0) > (timeToMs(b) ?? 0);
}

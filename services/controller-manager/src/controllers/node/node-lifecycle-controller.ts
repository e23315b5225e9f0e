import { formatTime } from '@kubernode/apimachinery';
import { coordinationV1Resources, coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { conditionOf } from '../conditions.ts';
import { isReadyPod } from '../pods.ts';
import { sameJson } from '../same-json.ts';

type Node = Readonly<coreV1.Node>;

export interface NodeSnapshot {
  node: Node;
  /** How long, by the controller's own clock, neither lease nor status has changed. */
  silentMs: number;
  pods: readonly Readonly<coreV1.Pod>[];
  /** Whether this is the first look at a node of that uid. */
  isNew: boolean;
}

export interface NodeLifecycleOptions { clock: Clock; gracePeriodMs: number; startupGracePeriodMs: number }

const LEASES = 'kube-node-lease';
const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** What a condition means as a NoSchedule taint. */
const PRESSURE_TAINTS: readonly (readonly [type: string, key: string])[] = [
  ['MemoryPressure', 'node.kubernetes.io/memory-pressure'], ['DiskPressure', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'node.kubernetes.io/network-unavailable'], ['PIDPressure', 'node.kubernetes.io/pid-pressure'],
];
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const NO_SCHEDULE_KEYS: ReadonlySet<string> = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...PRESSURE_TAINTS.map(([, key]) => key)]);

interface Seen { uid: string; signs: string; sinceMs: number }

/** Watches over nodes: says Unknown of those that fell silent, and taints those that are not well. */
export function nodeLifecycleController({ clock, gracePeriodMs, startupGracePeriodMs }: NodeLifecycleOptions): Controller {
  const seen = new Map<string, Seen>();
  return controller<NodeSnapshot>({
    name: 'node_lifecycle_controller',
    component: 'node-controller',
    watches: [
      watch({ resource: coreV1Resources.nodes, keys: ownKey }),
      watch({ resource: coordinationV1Resources.leases, keys: ({ object }) => (object?.metadata.namespace === LEASES ? [object.metadata.name] : []) }),
      watch({ resource: coreV1Resources.pods, indexes: { nodeName: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) }, keys: () => [] }),
    ],
    read(key, listers) {
      const node = listers.of(coreV1Resources.nodes).get(key);
      if (node === undefined) { seen.delete(key); return undefined; }
      const lease = listers.of(coordinationV1Resources.leases).get(`${LEASES}/${key}`);
      const uid = node.metadata.uid ?? '';
      const signs = JSON.stringify([lease?.spec?.renewTime, node.status?.conditions?.map(({ type, status, lastHeartbeatTime }) => [type, status, lastHeartbeatTime])]);
      const before = seen.get(key);
      const isNew = before?.uid !== uid;
      if (isNew || before.signs !== signs) seen.set(key, { uid, signs, sinceMs: clock.monotonicNow() });
      return { node, isNew, silentMs: clock.monotonicNow() - (seen.get(key)?.sinceMs ?? 0), pods: listers.of(coreV1Resources.pods).byIndex('nodeName', key) };
    },
    reconcile: (snapshot, nowMs) => reconcile(snapshot, nowMs, { gracePeriodMs, startupGracePeriodMs }),
  });
}

export function reconcile(snapshot: NodeSnapshot, nowMs: number, { gracePeriodMs, startupGracePeriodMs }: Omit<NodeLifecycleOptions, 'clock'>): Plan {
  const { node, silentMs, isNew } = snapshot;
  const graceMs = conditionOf(node.status?.conditions, 'Ready') === undefined ? startupGracePeriodMs : gracePeriodMs;
  const silent = silentMs >= graceMs;
  const conditions = silent ? unknownConditions(node, nowMs) : node.status?.conditions ?? [];
  const judged: Node = { ...node, status: { ...node.status, conditions } };
  const { name } = node.metadata;
  const registered: Action[] = isNew ? [{ do: 'event', about: node, type: 'Normal', reason: 'RegisteredNode', message: `Node ${name} event: Registered Node ${name} in Controller` }] : [];
  const status: Action[] = silent && !sameJson(conditions, node.status?.conditions ?? []) ? [{ do: 'update', resource: coreV1Resources.nodes, object: judged, subresource: 'status' }] : [];
  return { actions: [...registered, ...status, ...taintActions(judged, nowMs), ...podActions(snapshot, judged, nowMs)], againAfterMs: silent ? undefined : graceMs - silentMs };
}

function unknownConditions(node: Node, nowMs: number): coreV1.NodeCondition[] {
  const now = formatTime(nowMs);
  const present = node.status?.conditions ?? [];
  const known = present.map((one) => (!(REPORTED as readonly string[]).includes(one.type) || one.status === 'Unknown'
    ? one : { ...one, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now }));
  const never = REPORTED.filter((type) => conditionOf(present, type) === undefined).map((type) => ({
    type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', lastHeartbeatTime: node.metadata.creationTimestamp ?? now, lastTransitionTime: now,
  }));
  return [...known, ...never];
}

/** The taints of nodes' conditions, with the time each came. */
function taintActions(node: Node, nowMs: number): Action[] {
  const present = node.spec?.taints ?? [];
  const ready = conditionOf(node.status?.conditions, 'Ready')?.status;
  const trouble = ready === 'True' ? undefined : ready === 'False' ? NOT_READY : ready === undefined ? undefined : UNREACHABLE;
  const noSchedule = [
    ...(trouble === undefined ? [] : [trouble]),
    ...PRESSURE_TAINTS.flatMap(([type, key]) => (conditionOf(node.status?.conditions, type)?.status === 'True' ? [key] : [])),
    ...(node.spec?.unschedulable === true ? [UNSCHEDULABLE] : []),
  ];
  if (ready === undefined) return []; // nothing was heard yet: the taint of its registration stands
  const wanted: readonly (readonly [key: string, effect: string])[] = [
    ...noSchedule.map((key) => [key, 'NoSchedule'] as const),
    ...(trouble === undefined ? [] : [[trouble, 'NoExecute'] as const]),
  ];
  const isOurs = ({ key, effect }: coreV1.Taint): boolean => (effect === 'NoSchedule' && NO_SCHEDULE_KEYS.has(key)) || (effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE));
  const isWanted = ({ key, effect }: coreV1.Taint): boolean => wanted.some(([k, e]) => k === key && e === effect);
  const kept = present.filter((taint) => !isOurs(taint) || isWanted(taint));
  const missing = wanted.filter(([key, effect]) => !present.some((taint) => taint.key === key && taint.effect === effect));
  if (kept.length === present.length && missing.length === 0) return [];
  const taints = [...kept, ...missing.map(([key, effect]) => ({ key, effect, timeAdded: formatTime(nowMs) }))];
  const { name, resourceVersion } = node.metadata;
  return [{ do: 'patch', resource: coreV1Resources.nodes, target: { name }, patch: { type: 'merge', body: { spec: { taints: taints.length === 0 ? null : taints }, ...(sameSpecVersion(node) && { metadata: { resourceVersion } }) } } }];
}

/** Only a node whose status is not written in the same plan still has the version that was read. */
function sameSpecVersion({ status }: Node): boolean {
  return conditionOf(status?.conditions, 'Ready')?.reason !== 'NodeStatusUnknown';
}

/** Pods of a node that is not ready are not ready either, whatever they said last. */
function podActions({ node, pods }: NodeSnapshot, judged: Node, nowMs: number): Action[] {
  const ready = conditionOf(judged.status?.conditions, 'Ready')?.status;
  if (ready === 'True' || ready === undefined) return [];
  const was = conditionOf(node.status?.conditions, 'Ready')?.status;
  const told: Action[] = was === 'True' ? [{ do: 'event', about: node, type: 'Normal', reason: 'NodeNotReady', message: `Node ${node.metadata.name} status is now: NodeNotReady` }] : [];
  return [...told, ...pods.filter(isReadyPod).flatMap((pod): Action[] => {
    const { name, namespace, uid } = pod.metadata;
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(nowMs) };
    return [
      { do: 'patch', resource: coreV1Resources.pods, target: { name, namespace, subresource: 'status' }, patch: { type: 'strategic', body: { metadata: { uid }, status: { conditions: [condition] } } }, otherwise: ({ reason }) => ({ handled: reason === 'NotFound' }) },
      { do: 'event', about: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
    ];
  })];
}

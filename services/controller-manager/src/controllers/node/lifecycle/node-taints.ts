import { formatTime } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { conditionOf } from '../../conditions.ts';

type Node = Readonly<coreV1.Node>;
type Taint = Readonly<coreV1.Taint>;
export type NodeCondition = Readonly<coreV1.NodeCondition>;

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** What a condition of some status means as a taint. */
const TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const NO_SCHEDULE_KEYS: ReadonlySet<string> = new Set([UNSCHEDULABLE, ...Object.values(TAINTS).flatMap((byStatus) => Object.values(byStatus))]);
const NO_EXECUTE_KEYS: ReadonlySet<string> = new Set([NOT_READY, UNREACHABLE]);

/** The taints of a node with those that keep pods away brought in line with its conditions; the same list when they are. */
export function withNoScheduleTaints({ spec, status }: Node, nowMs: number): readonly Taint[] {
  const wanted = (status?.conditions ?? []).flatMap(({ type, status: value }) => TAINTS[type]?.[value] ?? []);
  if (spec?.unschedulable === true) wanted.push(UNSCHEDULABLE);
  return withTaints(spec?.taints ?? [], 'NoSchedule', { keys: NO_SCHEDULE_KEYS, wanted, nowMs });
}

/** The taints with the one that drives pods away, and not its opposite; without any for undefined. */
export function withNoExecuteTaint(taints: readonly Taint[], wanted: string | undefined, nowMs: number): readonly Taint[] {
  return withTaints(taints, 'NoExecute', { keys: NO_EXECUTE_KEYS, wanted: wanted === undefined ? [] : [wanted], nowMs });
}

/** Which taint drives pods from a node that is in this state. */
export function noExecuteKeyFor({ status }: NodeCondition): string | undefined {
  return status === 'False' ? NOT_READY : status === 'Unknown' ? UNREACHABLE : undefined;
}

export function hasNoExecute({ spec }: Node, key: string): boolean {
  return spec?.taints?.some((taint) => taint.key === key && taint.effect === 'NoExecute') === true;
}

/** Nothing where the taints stand. Fails on a node that has changed since, so that nobody else's taint is lost. */
export function taintActions({ metadata, spec }: Node, taints: readonly Taint[]): Action[] {
  if (taints === spec?.taints || taints.length + (spec?.taints?.length ?? 0) === 0) return [];
  const { name, resourceVersion } = metadata;
  return [{ do: 'patch', resource: coreV1Resources.nodes, target: { name }, patch: { type: 'merge', body: { metadata: { resourceVersion }, spec: { taints: taints.length === 0 ? null : taints } } } }];
}

export function readyConditionOf({ status }: Node): NodeCondition | undefined { return conditionOf(status?.conditions, 'Ready'); }

/** Of one effect, among the keys that are ours: those wanted, the missing ones at the end with the time. */
function withTaints(taints: readonly Taint[], effect: string, { keys, wanted, nowMs }: { keys: ReadonlySet<string>; wanted: readonly string[]; nowMs: number }): readonly Taint[] {
  const kept = taints.filter((taint) => taint.effect !== effect || !keys.has(taint.key) || wanted.includes(taint.key));
  const missing = wanted.filter((key) => !kept.some((taint) => taint.key === key && taint.effect === effect));
  if (missing.length === 0 && kept.length === taints.length) return taints;
  return [...kept, ...missing.map((key) => ({ key, effect, timeAdded: formatTime(nowMs) }))];
}

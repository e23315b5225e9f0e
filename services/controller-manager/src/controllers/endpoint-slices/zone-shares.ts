import { quantityMilliValue } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';

type Node = Readonly<coreV1.Node>;

/** The part of the cluster's CPUs that each zone has; undefined where zones mean nothing. */
export type ZoneShares = ReadonlyMap<string, number> | undefined;

export const ZONE = 'topology.kubernetes.io/zone';
/** Control planes take no traffic of users. */
const EXCLUDED = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Of ready nodes. One of unknown zone or size makes all shares unknown; so does a single zone. */
export function zoneSharesOf(nodes: readonly Node[]): ZoneShares {
  const byZone = new Map<string, number>();
  for (const node of nodes) {
    if (EXCLUDED.some((label) => node.metadata.labels?.[label] !== undefined) || !isReady(node)) continue;
    const zone = node.metadata.labels?.[ZONE] ?? '';
    const milliCpu = Number(quantityMilliValue(node.status?.allocatable?.cpu ?? '0'));
    if (zone === '' || milliCpu === 0) return undefined;
    byZone.set(zone, (byZone.get(zone) ?? 0) + milliCpu);
  }
  if (byZone.size < 2) return undefined;
  const total = [...byZone.values()].reduce((sum, one) => sum + one, 0);
  return new Map([...byZone].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, cpu]) => [zone, cpu / total]));
}

/** Whether a change of a node can change shares. */
export function changesZones(before: Node | undefined, after: Node | undefined): boolean {
  return before === undefined || after === undefined || isReady(before) !== isReady(after) || before.metadata.labels?.[ZONE] !== after.metadata.labels?.[ZONE];
}

function isReady({ status }: Node): boolean { return conditionOf(status?.conditions, 'Ready')?.status === 'True'; }

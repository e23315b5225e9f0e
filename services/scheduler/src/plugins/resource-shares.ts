import type { NodeTable } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { ResourceSpec } from '../config/plugin-args.ts';

/** A resource that counts for scoring, with what the nodes have of it and what the pod would add. */
export interface Share {
  readonly weight: number;
  readonly allocatable: Float64Array;
  readonly requested: Float64Array;
  readonly wanted: number;
}

const NATIVE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** `generous`: containers that ask for no cpu or memory count with a default. Resources that no node has, or that are special and not wanted, do not count. */
export function sharesOf({ requests, scoring }: PodInfo, table: NodeTable, resources: readonly ResourceSpec[], { generous }: { generous: boolean }): Share[] {
  return resources.flatMap(({ name, weight }) => {
    const column = table.column(name);
    if (column === undefined) return [];
    const { allocatable } = column;
    if (generous && name === 'cpu') return [{ weight, allocatable, requested: table.scoringCpu, wanted: scoring.cpu }];
    if (generous && name === 'memory') return [{ weight, allocatable, requested: table.scoringMemory, wanted: scoring.memory }];
    const wanted = requests.get(name) ?? 0;
    return wanted === 0 && !NATIVE.has(name) ? [] : [{ weight, allocatable, requested: column.requested, wanted }];
  });
}

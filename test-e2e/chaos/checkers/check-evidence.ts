import { checkSoleWriters, lostWrites, type SoleWriter } from './acknowledged-writes.ts';
import { checkLinearizability } from './linearizability.ts';
import type { Finding, Operation } from './operation.ts';
import { checkSingleLeader, type LeaderAction, type Tenure } from './single-leader.ts';
import type { AcknowledgedWrite, Seen, WatchLog } from './watch-log.ts';
import { checkWatches } from './watches.ts';

/** All that a workload saw between two points at which nobody wrote. */
export interface Evidence {
  readonly operations: readonly Operation[];
  /** Acknowledged, by writers that are alone with their objects. */
  readonly writes: readonly AcknowledgedWrite[];
  readonly soleWriters: readonly SoleWriter[];
  /** That those writers heard, in words. */
  readonly errors: readonly string[];
  readonly logs: readonly WatchLog[];
  readonly listed: ReadonlyMap<string, Seen>;
  readonly leaders: readonly { readonly component: string; readonly actions: readonly LeaderAction[]; readonly tenures: readonly Tenure[] }[];
  /** Watchers that did not catch up, in words. */
  readonly behind: readonly string[];
}

export interface Verdict { readonly findings: readonly Finding[]; readonly writesLost: number; readonly checked: { readonly operations: number; readonly objects: number; readonly writes: number; readonly events: number; readonly leaderActions: number } }

/** Everything that must hold, whatever happened. Pure. */
export function checkEvidence({ operations, writes, soleWriters, logs, listed, leaders, behind }: Evidence): Verdict {
  const lost = lostWrites({ writes, logs, listed });
  const acknowledged = [...writes, ...acknowledgedOf(operations)];
  return {
    findings: [
      ...behind.map((what) => ({ checker: 'watches', what })), ...lost.slice(0, 5).map(({ key, revision, value }) => ({ checker: 'acknowledged writes', what: `nobody ever saw ${value} of ${key}, acknowledged at ${revision}` })), ...checkSoleWriters(soleWriters, listed),
      ...checkLinearizability(operations), ...checkWatches({ logs, writes: acknowledged, listed }), ...leaders.flatMap((one) => checkSingleLeader(one)),
    ],
    writesLost: lost.length,
    checked: { operations: operations.length, objects: new Set(operations.map(({ object }) => object)).size, writes: acknowledged.length, events: logs.reduce((sum, { entries }) => sum + entries.length, 0), leaderActions: leaders.reduce((sum, { actions }) => sum + actions.length, 0) },
  };
}

function acknowledgedOf(operations: readonly Operation[]): readonly AcknowledgedWrite[] {
  return operations.flatMap(({ object, call, outcome }) => ('value' in call && outcome.kind === 'ok' && outcome.revision !== undefined ? [{ key: object, revision: outcome.revision, value: call.value }] : []));
}

import type { Stored } from '../history/history.ts';

/** A node as it matters to daemons. */
export interface NodeFacts {
  /** One belongs there. */
  wantsDaemon: boolean;
  /** One that is there may stay. */
  keepsDaemon: boolean;
}

/** By name. One that is not among them is gone: no daemon belongs there. */
export type Nodes = ReadonlyMap<string, NodeFacts>;

/** What every daemon tolerates. A node that is out of reach loses none, but none belongs there: `NoSchedule` is not tolerated. */
const TOLERATED = new Set(['not-ready:NoExecute', 'unreachable:NoExecute', 'disk-pressure:NoSchedule', 'memory-pressure:NoSchedule', 'pid-pressure:NoSchedule', 'unschedulable:NoSchedule'].map((taint) => `node.kubernetes.io/${taint}`));

export function nodeFacts({ spec }: Stored): NodeFacts {
  const taints = spec?.['taints'] as { key: string; effect: string }[] | undefined ?? []; // a Node
  const effects = taints.filter(({ key, effect }) => !TOLERATED.has(`${key}:${effect}`)).map(({ effect }) => effect);
  return { wantsDaemon: effects.every((effect) => effect === 'PreferNoSchedule'), keepsDaemon: !effects.includes('NoExecute') };
}

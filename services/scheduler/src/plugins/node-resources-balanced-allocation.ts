import { SCORE_MAX, type Plugin } from '../framework/plugin.ts';

/** Prefers nodes on which the pod evens out the shares of cpu and memory in use. Pods that request nothing do not matter. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  events: [],
  prepareScore({ subject: { requests }, table }) {
    const cpuWanted = requests.get('cpu') ?? 0;
    const memoryWanted = requests.get('memory') ?? 0;
    if (cpuWanted === 0 && memoryWanted === 0) return undefined;
    const cpu = table.column('cpu');
    const memory = table.column('memory');
    return ({ row }) => {
      const totals = [cpu?.allocatable[row] ?? 0, memory?.allocatable[row] ?? 0] as const;
      const used = [cpu?.requested[row] ?? 0, memory?.requested[row] ?? 0] as const;
      const before = balance(totals, used);
      const after = balance(totals, [used[0] + cpuWanted, used[1] + memoryWanted]);
      return SCORE_MAX / 2 + Math.trunc((SCORE_MAX / 2 + after - before) / 2);
    };
  },
};

/** 100 when both shares are equal, 50 when one is full and the other empty. */
function balance(totals: readonly [number, number], used: readonly [number, number]): number {
  const shares = totals.flatMap((total, i) => (total === 0 ? [] : [Math.min(1, (used[i] ?? 0) / total)]));
  const deviation = shares.length === 2 ? Math.abs(((shares[0] ?? 0) - (shares[1] ?? 0)) / 2) : 0;
  return Math.trunc((1 - deviation) * SCORE_MAX);
}

import type { Plugin } from '../framework/plugin.ts';
import { SCORE_MAX } from '../framework/plugin.ts';

/** A pod fits where every resource it requests is left; the emptier a node is afterwards, the better. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  events: ['node-added', 'node-updated', 'pod-removed', 'pod-updated', 'waiting-pod-updated'],
  prepareFilter({ subject, table }) {
    const podColumn = table.column('pods');
    const needs = [...subject.requests].filter(([, amount]) => amount > 0).map(([resource, amount]) => ({ resource, amount, column: table.column(resource) }));
    return ({ row }) => {
      const reasons: string[] = [];
      let resolvable = true;
      if ((podColumn?.requested[row] ?? 0) + 1 > (podColumn?.allocatable[row] ?? 0)) reasons.push('Too many pods');
      for (const { resource, amount, column } of needs) {
        const allocatable = column?.allocatable[row] ?? 0;
        if (amount <= allocatable - (column?.requested[row] ?? 0)) continue;
        reasons.push(`Insufficient ${resource}`);
        if (amount > allocatable) resolvable = false; // even an empty node of this kind would not do
      }
      return reasons.length === 0 ? undefined : { reasons, resolvable };
    };
  },
  prepareScore({ subject: { scoring }, table }) {
    const cpu = table.column('cpu');
    const memory = table.column('memory');
    return ({ row }) => {
      const cpuTotal = cpu?.allocatable[row] ?? 0;
      const memoryTotal = memory?.allocatable[row] ?? 0;
      const parts = Number(cpuTotal > 0) + Number(memoryTotal > 0);
      const sum = left(cpuTotal, (table.scoringCpu[row] ?? 0) + scoring.cpu) + left(memoryTotal, (table.scoringMemory[row] ?? 0) + scoring.memory);
      return parts === 0 ? 0 : Math.floor(sum / parts);
    };
  },
};

/** The share that stays free, of 100. */
function left(total: number, used: number): number {
  return total === 0 || used > total ? 0 : Math.floor(((total - used) * SCORE_MAX) / total);
}

import type { NodeResourcesBalancedAllocationArgs } from '../config/plugin-args.ts';
import { SCORE_MAX, type Plugin } from '../framework/plugin.ts';
import { sharesOf, type Share } from './resource-shares.ts';

/** Prefers nodes on which the pod evens out the shares of its resources in use. Pods that request nothing do not matter. */
export function nodeResourcesBalancedAllocation({ resources }: NodeResourcesBalancedAllocationArgs): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    events: [],
    prepareScore({ subject, table }) {
      if (resources.every(({ name }) => (subject.requests.get(name) ?? 0) === 0)) return undefined;
      const shares = sharesOf(subject, table, resources, { generous: false });
      return { score: ({ row }) => SCORE_MAX / 2 + Math.trunc((SCORE_MAX / 2 + balance(shares, row, true) - balance(shares, row, false)) / 2) };
    },
  };
}

/** 100 when all shares are equal, 50 when one of two is full and the other empty. */
function balance(shares: readonly Share[], row: number, withPod: boolean): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  let first = 0;
  let second = 0;
  for (const { allocatable, requested, wanted } of shares) {
    const total = allocatable[row] ?? 0;
    if (total === 0) continue;
    const share = Math.min(1, ((requested[row] ?? 0) + (withPod ? wanted : 0)) / total);
    if (count === 0) first = share; else second = share;
    count++;
    sum += share;
  }
  if (count === 2) return Math.trunc((1 - Math.abs((first - second) / 2)) * SCORE_MAX);
  if (count < 2) return SCORE_MAX;
  const mean = sum / count;
  for (const { allocatable, requested, wanted } of shares) {
    const total = allocatable[row] ?? 0;
    if (total === 0) continue;
    const difference = Math.min(1, ((requested[row] ?? 0) + (withPod ? wanted : 0)) / total) - mean;
    squares += difference * difference;
  }
  return Math.trunc((1 - Math.sqrt(squares / count)) * SCORE_MAX);
}

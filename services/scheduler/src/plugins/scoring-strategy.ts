import type { ScoringStrategy, UtilizationShapePoint } from '../config/plugin-args.ts';
import { SCORE_MAX } from '../framework/plugin.ts';
import type { Share } from './resource-shares.ts';

/** The score of the node in a row, 0 to 100. */
export type RowScorer = (row: number) => number;

/** Shape points score from 0 to this. */
const SHAPE_SCORE_MAX = 10;

export function strategyScorer({ type, requestedToCapacityRatio }: ScoringStrategy, shares: readonly Share[]): RowScorer {
  switch (type) {
    case 'LeastAllocated': return weightedMean(shares, (used, total) => (used > total ? 0 : Math.trunc(((total - used) * SCORE_MAX) / total)));
    case 'MostAllocated': return weightedMean(shares, (used, total) => Math.trunc((Math.min(used, total) * SCORE_MAX) / total));
    case 'RequestedToCapacityRatio': return ratioMean(shares, brokenLine(requestedToCapacityRatio?.shape ?? []));
  }
}

function weightedMean(shares: readonly Share[], scoreOf: (used: number, total: number) => number): RowScorer {
  return (row) => {
    let sum = 0;
    let weights = 0;
    for (const { weight, allocatable, requested, wanted } of shares) {
      const total = allocatable[row] ?? 0;
      if (total === 0) continue;
      sum += scoreOf((requested[row] ?? 0) + wanted, total) * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.trunc(sum / weights);
  };
}

/** Resources that score nothing do not drag the others down. */
function ratioMean(shares: readonly Share[], scoreOf: (percent: number) => number): RowScorer {
  return (row) => {
    let sum = 0;
    let weights = 0;
    for (const { weight, allocatable, requested, wanted } of shares) {
      const total = allocatable[row] ?? 0;
      if (total === 0) continue;
      const used = (requested[row] ?? 0) + wanted;
      const score = scoreOf(used > total ? 100 : Math.trunc((used * 100) / total));
      if (score <= 0) continue;
      sum += score * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.round(sum / weights);
  };
}

/** Straight lines from point to point, level before the first and after the last. */
function brokenLine(shape: readonly UtilizationShapePoint[]): (percent: number) => number {
  const points = shape.map(({ utilization, score }) => ({ at: utilization, score: score * (SCORE_MAX / SHAPE_SCORE_MAX) }));
  return (percent) => {
    const next = points.findIndex(({ at }) => percent <= at);
    const to = points[next];
    if (to === undefined) return points[points.length - 1]?.score ?? 0;
    const from = points[next - 1];
    return from === undefined ? to.score : from.score + Math.trunc(((to.score - from.score) * (percent - from.at)) / (to.at - from.at));
  };
}

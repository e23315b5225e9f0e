import type { Rng } from '@kubernode/base';
import type { NodeView } from '../cache/node-table.ts';
import { SCORE_MAX, type Cycle } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';

/** A plugin that breaks the contract; the attempt fails with this. */
export class PluginFault extends Error {
  override readonly name = 'PluginFault';
}

/** The weighted sum of all plugins' scores, by position in `nodes`. */
export function scoreNodes(cycle: Cycle, nodes: readonly NodeView[], { plugins, weights }: Pick<Profile, 'plugins' | 'weights'>): Float64Array {
  const totals = new Float64Array(nodes.length);
  const scores = new Float64Array(nodes.length);
  for (const plugin of plugins.score) {
    const scorer = plugin.prepareScore?.(cycle, nodes);
    if (scorer === undefined) continue;
    for (let i = 0; i < nodes.length; i++) scores[i] = scorer.score(nodes[i] as NodeView); // within length
    scorer.normalise?.(scores, nodes);
    const weight = weights.get(plugin.name) ?? 1;
    for (let i = 0; i < nodes.length; i++) {
      const score = scores[i] as number; // as long as nodes
      if (!(score >= 0 && score <= SCORE_MAX)) throw new PluginFault(`applying score defaultWeights on Score plugins: plugin "${plugin.name}" returns an invalid score ${score}, it should in the range of [0, ${SCORE_MAX}] after normalizing`);
      totals[i] = (totals[i] as number) + score * weight;
    }
  }
  return totals;
}

/** One of the best, by chance. */
export function chooseBest(nodes: readonly NodeView[], totals: Float64Array, rng: Rng): NodeView {
  let best: NodeView[] = [];
  let highest = -Infinity;
  for (let i = 0; i < nodes.length; i++) {
    const total = totals[i] as number; // as long as nodes
    if (total < highest) continue;
    if (total > highest) { highest = total; best = []; }
    best.push(nodes[i] as NodeView); // within length
  }
  return best[Math.floor(rng.next() * best.length)] as NodeView; // there is at least one node
}

/** The highest becomes 100, the others keep their share of it; `reverse` makes the lowest the best. */
export function normaliseByHighest(scores: Float64Array, reverse = false): void {
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  if (highest === 0) { if (reverse) scores.fill(SCORE_MAX); return; }
  for (let i = 0; i < scores.length; i++) {
    const scaled = Math.trunc((SCORE_MAX * (scores[i] as number)) / highest); // within length
    scores[i] = reverse ? SCORE_MAX - scaled : scaled;
  }
}

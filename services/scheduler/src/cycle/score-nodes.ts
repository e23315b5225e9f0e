import type { Rng } from '@kubernode/base';
import type { NodeView } from '../cache/node-table.ts';
import { observePoint, type CycleObserver } from '../framework/cycle-observer.ts';
import { SCORE_MAX, type Cycle, type NodeScorer, type Plugin } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';

/** A plugin that breaks the contract; the attempt fails with this. */
export class PluginFault extends Error {
  override readonly name = 'PluginFault';
}

type Prepared = readonly (readonly [Plugin, NodeScorer])[];

/** The weighted sum of all plugins' scores, by position in `nodes`. */
export function scoreNodes(cycle: Cycle, nodes: readonly NodeView[], { plugins, weights }: Pick<Profile, 'plugins' | 'weights'>, observer?: CycleObserver): Float64Array {
  const prepared = observePoint(observer, 'PreScore', { work: () => prepareScorers(cycle, nodes, plugins.score, observer), status: () => 'Success' });
  return observePoint(observer, 'Score', { work: () => sumScores(prepared, nodes, weights, observer), status: () => 'Success' });
}

function prepareScorers(cycle: Cycle, nodes: readonly NodeView[], plugins: readonly Plugin[], observer: CycleObserver | undefined): Prepared {
  return plugins.flatMap((plugin) => {
    const since = observer?.plugin === undefined ? 0 : observer.now();
    const scorer = plugin.prepareScore?.(cycle, nodes);
    observer?.plugin?.(plugin.name, 'PreScore', scorer === undefined ? 'Skip' : 'Success', since);
    if (scorer === undefined) return [];
    observer?.evaluated(plugin.name, 'PreScore', 1);
    return [[plugin, scorer] as const];
  });
}

function sumScores(prepared: Prepared, nodes: readonly NodeView[], weights: ReadonlyMap<string, number>, observer: CycleObserver | undefined): Float64Array {
  const totals = new Float64Array(nodes.length);
  const scores = new Float64Array(nodes.length);
  for (const [plugin, scorer] of prepared) {
    const since = observer?.plugin === undefined ? 0 : observer.now();
    for (let i = 0; i < nodes.length; i++) scores[i] = scorer.score(nodes[i] as NodeView); // within length
    scorer.normalise?.(scores, nodes);
    observer?.plugin?.(plugin.name, 'Score', 'Success', since);
    observer?.evaluated(plugin.name, 'Score', nodes.length);
    addWeighted(totals, scores, { plugin: plugin.name, weight: weights.get(plugin.name) ?? 1 });
  }
  return totals;
}

function addWeighted(totals: Float64Array, scores: Float64Array, { plugin, weight }: { plugin: string; weight: number }): void {
  for (let i = 0; i < totals.length; i++) {
    const score = scores[i] as number; // as long as totals
    if (!(score >= 0 && score <= SCORE_MAX)) throw new PluginFault(`applying score defaultWeights on Score plugins: plugin "${plugin}" returns an invalid score ${score}, it should in the range of [0, ${SCORE_MAX}] after normalizing`);
    totals[i] = (totals[i] as number) + score * weight; // within length
  }
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

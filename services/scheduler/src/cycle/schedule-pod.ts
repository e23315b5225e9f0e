import type { Rng } from '@kubernode/base';
import type { NodeView } from '../cache/node-table.ts';
import { SCORE_MAX, type CycleInput, type Plugin, type Refusal } from '../framework/plugin.ts';
import { prepareFilters, type PreparedFilter } from './prepare-filters.ts';

export interface Refused { plugin: string; refusal: Refusal }

/** A node, or why each one refused. */
export type Decision =
  | { node: NodeView; evaluated: number; feasible: number }
  | { node: undefined; refusals: ReadonlyMap<NodeView, Refused> };

/** Below this many nodes all are asked; above, fewer and fewer per cent, down to 5. */
const NODES_ALWAYS_ASKED = 100;
const PERCENT_MIN = 5;

export interface SchedulePodOptions {
  plugins: readonly Plugin[];
  /** Where to begin asking, so that all nodes of a large cluster get their turn. */
  startIndex: number;
  rng: Rng;
}

/** Picks a node: those that every filter lets through, the best of them by weighted score, any of the best by chance. */
export function schedulePod(input: CycleInput, { plugins, startIndex, rng }: SchedulePodOptions): Decision {
  const nodes = input.table.nodes;
  const filters = prepareFilters(input, plugins);
  const wanted = feasibleWanted(nodes.length);
  const feasible: NodeView[] = [];
  const refusals = new Map<NodeView, Refused>();
  let evaluated = 0;
  while (evaluated < nodes.length && feasible.length < wanted) {
    const node = nodes[(startIndex + evaluated++) % nodes.length] as NodeView; // within length
    const refused = ask(node, filters);
    if (refused === undefined) feasible.push(node);
    else refusals.set(node, refused);
  }
  if (feasible.length === 0) return { node: undefined, refusals };
  return { node: best(input, plugins, feasible, rng), evaluated, feasible: feasible.length };
}

/** The first refusal, if any. */
export function ask(node: NodeView, filters: readonly PreparedFilter[]): Refused | undefined {
  for (const { plugin, filter } of filters) {
    const refusal = filter(node);
    if (refusal !== undefined) return { plugin, refusal };
  }
  return undefined;
}

function feasibleWanted(nodes: number): number {
  if (nodes < NODES_ALWAYS_ASKED) return nodes;
  const percent = Math.max(PERCENT_MIN, 50 - Math.floor(nodes / 125));
  return Math.max(NODES_ALWAYS_ASKED, Math.floor((nodes * percent) / 100));
}

function best(input: CycleInput, plugins: readonly Plugin[], nodes: readonly NodeView[], rng: Rng): NodeView {
  const [only] = nodes;
  if (nodes.length === 1 && only !== undefined) return only;
  const totals = new Float64Array(nodes.length);
  for (const plugin of plugins) {
    const score = plugin.prepareScore?.(input, nodes);
    if (score === undefined) continue;
    const scores = normalise(nodes.map(score), plugin.normalise);
    for (const [i, one] of scores.entries()) totals[i] = (totals[i] ?? 0) + one * (plugin.weight ?? 1);
  }
  const highest = Math.max(...totals);
  const equal = nodes.filter((_node, i) => totals[i] === highest);
  return equal[Math.floor(rng.next() * equal.length)] ?? (only as NodeView); // some node has the highest score
}

function normalise(scores: number[], how: Plugin['normalise']): number[] {
  const max = Math.max(...scores);
  const min = Math.min(...scores);
  switch (how) {
    case undefined: return scores;
    case 'highest-is-100': return max === 0 ? scores : scores.map((one) => Math.floor((one * SCORE_MAX) / max));
    case 'lowest-is-100': return scores.map((one) => (max === 0 ? SCORE_MAX : SCORE_MAX - Math.floor((one * SCORE_MAX) / max)));
    case 'between-extremes': return scores.map((one) => (max === min ? 0 : Math.floor((SCORE_MAX * (one - min)) / (max - min))));
  }
}

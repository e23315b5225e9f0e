import type { NodeView } from '../cache/node-table.ts';
import type { Cycle } from '../framework/plugin.ts';
import type { Refused } from '../framework/verdict.ts';
import type { Filters } from './run-filters.ts';

/** Below this many nodes all are asked; above, fewer and fewer per cent. */
const NODES_ALWAYS_ASKED = 100;
const PERCENT_MIN = 5;

export interface FoundNodes {
  readonly feasible: NodeView[];
  readonly refusals: Map<NodeView, Refused>;
}

/** How many nodes that will do are enough. 0 per cent: fewer the larger the cluster is. */
export function feasibleWanted(nodes: number, percentage: number): number {
  if (nodes < NODES_ALWAYS_ASKED) return nodes;
  const percent = percentage === 0 ? Math.max(PERCENT_MIN, 50 - Math.trunc(nodes / 125)) : percentage;
  return Math.max(NODES_ALWAYS_ASKED, Math.trunc((nodes * percent) / 100));
}

/** Asks nodes from a start that moves on with each attempt, so that all nodes of a large cluster get their turn, until enough will do. */
export function findNodes(filters: Pick<Filters, 'fits'>, nodes: readonly NodeView[], { wanted, startIndex }: { wanted: number; startIndex: number }): FoundNodes {
  const feasible: NodeView[] = [];
  const refusals = new Map<NodeView, Refused>();
  for (let i = 0; i < nodes.length && feasible.length < wanted; i++) {
    const node = nodes[(startIndex + i) % nodes.length] as NodeView; // within length
    const refused = filters.fits(node);
    if (refused === undefined) feasible.push(node);
    else refusals.set(node, refused);
  }
  return { feasible, refusals };
}

/** The nodes that plugins did not rule out by name. */
export function namedNodes({ table }: Cycle, names: ReadonlySet<string>): NodeView[] {
  return [...names].flatMap((name) => { const node = table.get(name); return node === undefined ? [] : [node]; });
}

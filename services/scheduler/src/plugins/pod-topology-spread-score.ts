import type { NodeView } from '../cache/node-table.ts';
import { podQuery } from '../cache/pod-counts.ts';
import type { TopologyColumn } from '../cache/topology-column.ts';
import { SCORE_MAX, type Cycle, type NodeScorer } from '../framework/plugin.ts';
import { hasAllKeys, inclusion, type SpreadConstraint } from './spread-constraints.ts';

const HOSTNAME = 'kubernetes.io/hostname';

interface Ranked { readonly column: TopologyColumn; readonly weight: number; readonly maxSkew: number; /** Pods by value, or by row where each node is a domain of its own. */ countAt(row: number): number }

/** The fewer like pods in a node's domains, the better; domains weigh more the more of them there are. */
export function spreadScorer(cycle: Cycle, nodes: readonly NodeView[], { constraints, allKeys }: { constraints: readonly SpreadConstraint[]; allKeys: boolean }): NodeScorer {
  const ignored = new Set(allKeys ? nodes.filter(({ labels }) => !hasAllKeys(constraints, labels)) : []);
  const usable = ignored.size === 0 ? nodes : nodes.filter((one) => !ignored.has(one));
  const ranked = constraints.map((constraint) => rank(cycle, usable, { constraint, constraints: allKeys ? constraints : [] }));
  return {
    score: (node) => (ignored.has(node) ? 0 : Math.round(sum(ranked, node.row))),
    normalise(scores, of) {
      let [least, most] = [Infinity, 0];
      for (let i = 0; i < scores.length; i++) {
        if (ignored.has(of[i] as NodeView)) continue; // as long as scores
        least = Math.min(least, scores[i] as number);
        most = Math.max(most, scores[i] as number);
      }
      for (let i = 0; i < scores.length; i++) {
        scores[i] = ignored.has(of[i] as NodeView) ? 0 : most === 0 ? SCORE_MAX : Math.trunc((SCORE_MAX * (most + least - (scores[i] as number))) / most);
      }
    },
  };
}

function sum(ranked: readonly Ranked[], row: number): number {
  let total = 0;
  for (const { column, weight, maxSkew, countAt } of ranked) if (column.id(row) >= 0) total += countAt(row) * weight + (maxSkew - 1);
  return total;
}

function rank(cycle: Cycle, usable: readonly NodeView[], { constraint, constraints }: { constraint: SpreadConstraint; constraints: readonly SpreadConstraint[] }): Ranked {
  const { subject, table } = cycle;
  const { key, selector, maxSkew } = constraint;
  const column = table.topology(key);
  const rows = selector.length === 0 ? new Int32Array(table.rows) : table.matching(podQuery({ namespaces: new Set([subject.namespace]), selectors: [selector], withoutTerminating: true })); // a selector of everything counts nothing
  if (key === HOSTNAME) return { column, maxSkew, weight: weightOf(usable.length), countAt: (row) => rows[row] ?? 0 };
  const { values, size } = valuesOf(usable, column);
  const counts = new Int32Array(column.size);
  const includes = inclusion(subject.pod, constraint);
  const columns = constraints.map((one) => table.topology(one.key));
  if (size > 0) {
    for (const { row, node } of table.nodes) {
      const id = column.id(row);
      if (id < 0 || values[id] === 0 || columns.some((one) => one.id(row) < 0) || includes?.(node) === false) continue;
      counts[id] = (counts[id] as number) + (rows[row] as number); // within length
    }
  }
  return { column, maxSkew, weight: weightOf(size), countAt: (row) => counts[column.id(row)] ?? 0 };
}

/** Which values the nodes have; nodes without the label count as one more. */
function valuesOf(nodes: readonly NodeView[], column: TopologyColumn): { values: Uint8Array; size: number } {
  const values = new Uint8Array(column.size);
  let size = 0;
  let unlabelled = 0;
  for (const { row } of nodes) {
    const id = column.id(row);
    if (id < 0) { unlabelled = 1; continue; }
    if (values[id] === 0) { values[id] = 1; size++; }
  }
  return { values, size: size + unlabelled };
}

function weightOf(domains: number): number { return Math.log(domains + 2); }

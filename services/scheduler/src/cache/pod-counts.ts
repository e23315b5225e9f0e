import { matchesLabels, type LabelSelector } from '@kubernode/apimachinery';
import { add, grown } from './columns.ts';
import type { NodeView } from './node-table.ts';
import type { PodInfo } from './pod-info.ts';

/** Which pods to count. */
export interface PodQuery {
  /** Undefined: pods of all namespaces. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** All of them have to match. */
  readonly selectors: readonly LabelSelector[];
  /** Pods that are being deleted do not count. */
  readonly withoutTerminating: boolean;
  /** Equal for queries that ask the same. */
  readonly key: string;
}

interface Counted { query: PodQuery; rows: Int32Array; lastUse: number }

/** Queries that are kept up to date; the one that was not asked for longest makes room. */
const QUERIES_MAX = 128;

export function podQuery(query: Omit<PodQuery, 'key'>): PodQuery {
  return { ...query, key: JSON.stringify([query.namespaces === undefined ? null : [...query.namespaces].sort(), query.selectors, query.withoutTerminating]) };
}

export function podMatches({ namespaces, selectors, withoutTerminating }: PodQuery, pod: PodInfo): boolean {
  if (namespaces !== undefined && !namespaces.has(pod.namespace)) return false;
  if (withoutTerminating && pod.terminating) return false;
  for (const selector of selectors) if (!matchesLabels(selector, pod.labels)) return false;
  return true;
}

/**
 * How many pods of each node match a query. Pods of one workload ask the same again and again, so an answer is kept and changed with
 * each pod that comes or goes, instead of looking at all pods of all nodes for every pod that is placed.
 */
export class PodCounts {
  readonly #counted = new Map<string, Counted>();
  #uses = 0;

  /** By row of the node. */
  of(query: PodQuery, nodes: Iterable<NodeView>, rows: number): Int32Array {
    let counted = this.#counted.get(query.key);
    if (counted === undefined) {
      counted = { query, rows: countAll(query, nodes, rows), lastUse: 0 };
      if (this.#counted.size >= QUERIES_MAX) this.#dropOldest();
      this.#counted.set(query.key, counted);
    }
    counted.lastUse = ++this.#uses;
    return counted.rows;
  }

  podChanged(pod: PodInfo, row: number, by: 1 | -1): void {
    for (const { query, rows } of this.#counted.values()) if (podMatches(query, pod)) add(rows, row, by);
  }

  grow(rows: number): void { for (const counted of this.#counted.values()) counted.rows = grown(counted.rows, rows); }

  #dropOldest(): void {
    let oldest: string | undefined;
    let lastUse = Infinity;
    for (const [key, counted] of this.#counted) if (counted.lastUse < lastUse) { oldest = key; lastUse = counted.lastUse; }
    if (oldest !== undefined) this.#counted.delete(oldest);
  }
}

function countAll(query: PodQuery, nodes: Iterable<NodeView>, length: number): Int32Array {
  const rows = new Int32Array(length);
  for (const { row, pods } of nodes) for (const pod of pods.values()) if (podMatches(query, pod)) add(rows, row, 1);
  return rows;
}

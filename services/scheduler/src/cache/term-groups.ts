import type { AffinityTerm } from './affinity-terms.ts';
import { add, grown } from './columns.ts';
import type { PodInfo } from './pod-info.ts';

export type TermKind = 'required' | 'requiredAnti' | 'preferred';

/** Pods that state the same term, counted by node. */
export interface TermGroup {
  readonly kind: TermKind;
  readonly term: AffinityTerm;
  /** Of preferred terms; negative for anti-affinity. */
  readonly weight: number;
  rows: Int32Array;
  total: number;
}

/**
 * What the pods on nodes say about other pods. Thousands of pods of a workload state one and the same term: an incoming pod is compared
 * with each term once, not with each pod.
 */
export class TermGroups {
  readonly #groups: Record<TermKind, Map<string, TermGroup>> = { required: new Map(), requiredAnti: new Map(), preferred: new Map() };

  of(kind: TermKind): Iterable<TermGroup> { return this.#groups[kind].values(); }
  has(kind: TermKind): boolean { return this.#groups[kind].size > 0; }

  podChanged({ affinity }: PodInfo, row: number, by: 1 | -1, rows: number): void {
    if (affinity === undefined) return;
    for (const term of affinity.required) this.#count('required', term, 1, row, by, rows);
    for (const term of affinity.requiredAnti) this.#count('requiredAnti', term, 1, row, by, rows);
    for (const term of affinity.preferred) this.#count('preferred', term, term.weight, row, by, rows);
  }

  grow(rows: number): void {
    for (const groups of Object.values(this.#groups)) for (const group of groups.values()) group.rows = grown(group.rows, rows);
  }

  #count(kind: TermKind, term: AffinityTerm, weight: number, row: number, by: 1 | -1, rows: number): void {
    const groups = this.#groups[kind];
    const key = kind === 'preferred' ? `${weight} ${term.key}` : term.key;
    let group = groups.get(key);
    if (group === undefined) { group = { kind, term, weight, rows: new Int32Array(rows), total: 0 }; groups.set(key, group); }
    add(group.rows, row, by);
    group.total += by;
    if (group.total === 0) groups.delete(key);
  }
}

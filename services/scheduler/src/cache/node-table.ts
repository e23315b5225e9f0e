import type { coreV1 } from '@kubernode/api';
import { amountsOf, podRequests, podScoringRequests, type Amounts } from './pod-requests.ts';

/** A resource of all nodes: one row a node, so that a filter is a pass over numbers. */
export interface Column { allocatable: Float64Array; requested: Float64Array }

/** A pod as scheduling sees it; what it needs is worked out once. */
export interface PodView {
  pod: Readonly<coreV1.Pod>;
  requests: Amounts;
  scoring: { cpu: number; memory: number };
  priority: number;
}

/** A node with the pods that are, or will be, on it. */
export interface NodeView {
  /** Its row in the table's columns. */
  row: number;
  name: string;
  node: Readonly<coreV1.Node>;
  pods: Map<string, PodView>;
}

const ROWS_AT_FIRST = 64;

export function podView(pod: Readonly<coreV1.Pod>): PodView {
  return { pod, requests: podRequests(pod), scoring: podScoringRequests(pod), priority: pod.spec?.priority ?? 0 };
}

/** All nodes, their pods, and what is allocatable and requested of each resource. Changed only between two scheduling cycles. */
export class NodeTable {
  readonly #byName = new Map<string, NodeView>();
  readonly #columns = new Map<string, Column>();
  readonly #freeRows: number[] = [];
  #rows = ROWS_AT_FIRST;
  #nextRow = 0;
  #list: readonly NodeView[] | undefined;
  /** Requests as scoring counts them. */
  scoringCpu: Float64Array = new Float64Array(ROWS_AT_FIRST);
  scoringMemory: Float64Array = new Float64Array(ROWS_AT_FIRST);

  get nodes(): readonly NodeView[] {
    this.#list ??= [...this.#byName.values()];
    return this.#list;
  }

  get(name: string): NodeView | undefined { return this.#byName.get(name); }

  /** The resource's column; undefined when no node has heard of it. */
  column(resource: string): Column | undefined { return this.#columns.get(resource); }

  setNode(node: Readonly<coreV1.Node>): NodeView {
    const known = this.#byName.get(node.metadata.name);
    const view = known ?? { row: this.#takeRow(), name: node.metadata.name, node, pods: new Map<string, PodView>() };
    view.node = node;
    if (known === undefined) { this.#byName.set(view.name, view); this.#list = undefined; }
    for (const { allocatable } of this.#columns.values()) allocatable[view.row] = 0;
    for (const [resource, amount] of amountsOf(node.status?.allocatable)) this.#columnFor(resource).allocatable[view.row] = amount;
    return view;
  }

  removeNode(name: string): void {
    const view = this.#byName.get(name);
    if (view === undefined) return;
    this.#byName.delete(name);
    this.#list = undefined;
    for (const { allocatable, requested } of this.#columns.values()) { allocatable[view.row] = 0; requested[view.row] = 0; }
    this.scoringCpu[view.row] = 0;
    this.scoringMemory[view.row] = 0;
    this.#freeRows.push(view.row);
  }

  addPod(view: NodeView, added: PodView): void {
    const uid = added.pod.metadata.uid ?? '';
    const before = view.pods.get(uid);
    if (before !== undefined) this.#count(view.row, before, -1);
    view.pods.set(uid, added);
    this.#count(view.row, added, 1);
  }

  removePod(view: NodeView, uid: string): void {
    const removed = view.pods.get(uid);
    if (removed === undefined) return;
    view.pods.delete(uid);
    this.#count(view.row, removed, -1);
  }

  #count(row: number, { requests, scoring }: PodView, sign: 1 | -1): void {
    for (const [resource, amount] of requests) add(this.#columnFor(resource).requested, row, sign * amount);
    add(this.#columnFor('pods').requested, row, sign);
    add(this.scoringCpu, row, sign * scoring.cpu);
    add(this.scoringMemory, row, sign * scoring.memory);
  }

  #columnFor(resource: string): Column {
    let column = this.#columns.get(resource);
    if (column === undefined) {
      column = { allocatable: new Float64Array(this.#rows), requested: new Float64Array(this.#rows) };
      this.#columns.set(resource, column);
    }
    return column;
  }

  #takeRow(): number {
    const free = this.#freeRows.pop();
    if (free !== undefined) return free;
    if (this.#nextRow === this.#rows) this.#grow();
    return this.#nextRow++;
  }

  #grow(): void {
    this.#rows *= 2;
    for (const column of this.#columns.values()) { column.allocatable = grown(column.allocatable, this.#rows); column.requested = grown(column.requested, this.#rows); }
    this.scoringCpu = grown(this.scoringCpu, this.#rows);
    this.scoringMemory = grown(this.scoringMemory, this.#rows);
  }
}

function add(column: Float64Array, row: number, amount: number): void { column[row] = (column[row] ?? 0) + amount; }

function grown(column: Float64Array, rows: number): Float64Array {
  const larger = new Float64Array(rows);
  larger.set(column);
  return larger;
}

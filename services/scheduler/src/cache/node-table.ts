import type { coreV1 } from '@kubernode/api';
import { add, grown } from './columns.ts';
import { ImageStates } from './image-states.ts';
import { PodCounts, type PodQuery } from './pod-counts.ts';
import type { PodInfo } from './pod-info.ts';
import { amountsOf } from './pod-requests.ts';
import { TermGroups } from './term-groups.ts';
import { TopologyColumn } from './topology-column.ts';
import { interleaveZones, zoneOf } from './zone-order.ts';

type Node = Readonly<coreV1.Node>;

/** A resource of all nodes: one row a node, so that a filter is a pass over numbers. */
export interface Column { allocatable: Float64Array; requested: Float64Array }

/** A node with the pods that are, or will be, on it. */
export interface NodeView {
  /** Its row in the table's columns. */
  readonly row: number;
  readonly name: string;
  node: Node;
  labels: Readonly<Record<string, string>>;
  images: ReadonlySet<string>;
  readonly pods: Map<string, PodInfo>;
  /** Those of them that use ports of the host. */
  readonly portUsers: Set<PodInfo>;
}

const ROWS_AT_FIRST = 64;
/** A column of labels that has seen more values than this many times the rows is made anew. */
const VALUES_PER_ROW_MAX = 4;
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const NO_IMAGES: ReadonlySet<string> = new Set();

/**
 * All nodes, their pods, and in columns what decisions need of them: resources, topology labels, counts of matching pods, terms of
 * affinity, images. Every change is made at once and costs what changed, so no snapshot is taken for a decision. Changed only between two
 * decisions, or during one by those who put everything back.
 */
export class NodeTable {
  readonly #byName = new Map<string, NodeView>();
  readonly #columns = new Map<string, Column>();
  readonly #topologies = new Map<string, TopologyColumn>();
  readonly #counts = new PodCounts();
  readonly #freeRows: number[] = [];
  readonly terms: TermGroups = new TermGroups();
  readonly images: ImageStates = new ImageStates();
  /** How many pods on nodes use a claim, by `namespace/name`. */
  readonly claimUsers: Map<string, number> = new Map();
  #rows = ROWS_AT_FIRST;
  #nextRow = 0;
  #list: readonly NodeView[] | undefined;
  /** Requests as scoring counts them. */
  scoringCpu: Float64Array = new Float64Array(ROWS_AT_FIRST);
  scoringMemory: Float64Array = new Float64Array(ROWS_AT_FIRST);

  /** One of each zone in turn. */
  get nodes(): readonly NodeView[] {
    this.#list ??= interleaveZones(this.#byName.values());
    return this.#list;
  }

  get rows(): number { return this.#rows; }
  get(name: string): NodeView | undefined { return this.#byName.get(name); }

  /** The resource's column; undefined when no node has heard of it. */
  column(resource: string): Column | undefined { return this.#columns.get(resource); }

  topology(key: string): TopologyColumn {
    let column = this.#topologies.get(key);
    if (column === undefined || column.size > VALUES_PER_ROW_MAX * this.#rows) {
      column = new TopologyColumn(key, this.#rows);
      for (const { row, labels } of this.#byName.values()) column.set(row, labels[key]);
      this.#topologies.set(key, column);
    }
    return column;
  }

  /** By row: how many pods of the node match. Kept up to date until the table has too many queries. */
  matching(query: PodQuery): Int32Array { return this.#counts.of(query, this.#byName.values(), this.#rows); }

  setNode(node: Node): NodeView {
    const known = this.#byName.get(node.metadata.name);
    const view = known ?? { row: this.#takeRow(), name: node.metadata.name, node, labels: NO_LABELS, images: NO_IMAGES, pods: new Map<string, PodInfo>(), portUsers: new Set<PodInfo>() };
    if (known === undefined || zoneOf(known.node) !== zoneOf(node)) this.#list = undefined;
    if (known === undefined) this.#byName.set(view.name, view);
    if (known === undefined || known.node.status?.allocatable !== node.status?.allocatable) this.#setAllocatable(view.row, node);
    view.node = node;
    view.labels = node.metadata.labels ?? NO_LABELS;
    view.images = this.images.nodeChanged(node, view.images);
    for (const column of this.#topologies.values()) column.set(view.row, view.labels[column.key]);
    return view;
  }

  removeNode(name: string): void {
    const view = this.#byName.get(name);
    if (view === undefined) return;
    for (const uid of [...view.pods.keys()]) this.removePod(view, uid);
    this.#byName.delete(name);
    this.#list = undefined;
    this.images.nodeChanged(undefined, view.images);
    for (const { allocatable } of this.#columns.values()) allocatable[view.row] = 0;
    for (const column of this.#topologies.values()) column.set(view.row, undefined);
    this.#freeRows.push(view.row);
  }

  addPod(view: NodeView, added: PodInfo): void {
    const before = view.pods.get(added.uid);
    if (before !== undefined) this.#count(view, before, -1);
    view.pods.set(added.uid, added);
    this.#count(view, added, 1);
  }

  removePod(view: NodeView, uid: string): void {
    const removed = view.pods.get(uid);
    if (removed === undefined) return;
    view.pods.delete(uid);
    this.#count(view, removed, -1);
  }

  #count(view: NodeView, pod: PodInfo, sign: 1 | -1): void {
    const { row } = view;
    for (const [resource, amount] of pod.requests) add(this.#columnFor(resource).requested, row, sign * amount);
    add(this.#columnFor('pods').requested, row, sign);
    add(this.scoringCpu, row, sign * pod.scoring.cpu);
    add(this.scoringMemory, row, sign * pod.scoring.memory);
    this.#counts.podChanged(pod, row, sign);
    this.terms.podChanged(pod, row, sign, this.#rows);
    if (pod.hostPorts.length > 0) { if (sign > 0) view.portUsers.add(pod); else view.portUsers.delete(pod); }
    for (const claim of pod.claims) this.#countClaim(claim, sign);
  }

  #countClaim(claim: string, sign: 1 | -1): void {
    const users = (this.claimUsers.get(claim) ?? 0) + sign;
    if (users === 0) this.claimUsers.delete(claim);
    else this.claimUsers.set(claim, users);
  }

  #setAllocatable(row: number, node: Node): void {
    for (const { allocatable } of this.#columns.values()) allocatable[row] = 0;
    for (const [resource, amount] of amountsOf(node.status?.allocatable)) this.#columnFor(resource).allocatable[row] = amount;
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
    for (const column of this.#topologies.values()) column.grow(this.#rows);
    this.#counts.grow(this.#rows);
    this.terms.grow(this.#rows);
    this.scoringCpu = grown(this.scoringCpu, this.#rows);
    this.scoringMemory = grown(this.scoringMemory, this.#rows);
  }
}

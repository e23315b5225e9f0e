import type { coreV1 } from '@kubernode/api';
import { NodeTable, podView, type NodeView, type PodView } from './node-table.ts';

/**
 * The cluster as scheduling sees it: what the watches show, and pods whose binding is under way. A pod may come before its node;
 * it waits for it here.
 */
export class ClusterCache {
  readonly table: NodeTable = new NodeTable();
  readonly #nodeOf = new Map<string, { name: string; view: PodView; assumed: boolean }>(); // by pod uid

  setNode(node: Readonly<coreV1.Node>): void {
    const isNew = this.table.get(node.metadata.name) === undefined;
    const view = this.table.setNode(node);
    if (isNew) for (const placed of this.#nodeOf.values()) if (placed.name === view.name) this.table.addPod(view, placed.view);
  }

  removeNode(name: string): void { this.table.removeNode(name); }

  /** A pod that the API server shows as bound. */
  setPod(pod: Readonly<coreV1.Pod>): void { this.#place(podView(pod), pod.spec?.nodeName ?? '', false); }

  /** A pod that is about to be bound. */
  assume(view: PodView, node: NodeView): void { this.#place(view, node.name, true); }

  /** The binding failed. */
  forget(uid: string): void {
    if (this.#nodeOf.get(uid)?.assumed === true) this.removePod(uid);
  }

  removePod(uid: string): void {
    const placed = this.#nodeOf.get(uid);
    if (placed === undefined) return;
    this.#nodeOf.delete(uid);
    const node = this.table.get(placed.name);
    if (node !== undefined) this.table.removePod(node, uid);
  }

  isPlaced(uid: string): boolean { return this.#nodeOf.has(uid); }

  #place(view: PodView, name: string, assumed: boolean): void {
    const uid = view.pod.metadata.uid ?? '';
    const before = this.#nodeOf.get(uid);
    if (before !== undefined && before.name !== name) this.removePod(uid);
    this.#nodeOf.set(uid, { name, view, assumed });
    const node = this.table.get(name);
    if (node !== undefined) this.table.addPod(node, view);
  }
}

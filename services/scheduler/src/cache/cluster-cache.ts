import type { coreV1 } from '@kubernode/api';
import { NodeTable, type NodeView } from './node-table.ts';
import { podInfo, type PodInfo } from './pod-info.ts';

interface Placed { name: string; info: PodInfo; assumed: boolean }

/**
 * The cluster as scheduling sees it: what the watches show, and pods whose binding is under way. A pod may come before its node;
 * it waits for it here.
 */
export class ClusterCache {
  readonly table: NodeTable = new NodeTable();
  readonly #placed = new Map<string, Placed>(); // by pod uid
  readonly #waiting = new Map<string, Set<string>>(); // uids of pods whose node is not known, by its name

  setNode(node: Readonly<coreV1.Node>): void {
    const view = this.table.setNode(node);
    const waiting = this.#waiting.get(view.name);
    if (waiting === undefined) return;
    this.#waiting.delete(view.name);
    for (const uid of waiting) { const placed = this.#placed.get(uid); if (placed !== undefined) this.table.addPod(view, placed.info); }
  }

  /** Its pods stay known: they go when they are deleted, or come back with the node. */
  removeNode(name: string): void {
    const view = this.table.get(name);
    if (view === undefined) return;
    if (view.pods.size > 0) this.#waiting.set(name, new Set(view.pods.keys()));
    this.table.removeNode(name);
  }

  /** A pod that the API server shows as bound. */
  setPod(pod: Readonly<coreV1.Pod>): void { this.#place(podInfo(pod), pod.spec?.nodeName ?? '', false); }

  /** A pod that is about to be bound. */
  assume(info: PodInfo, node: NodeView): void { this.#place(info, node.name, true); }

  /** The binding failed. */
  forget(uid: string): void {
    if (this.isAssumed(uid)) this.removePod(uid);
  }

  removePod(uid: string): void {
    const placed = this.#placed.get(uid);
    if (placed === undefined) return;
    this.#placed.delete(uid);
    const node = this.table.get(placed.name);
    if (node !== undefined) this.table.removePod(node, uid);
    else this.#stopWaiting(placed.name, uid);
  }

  isPlaced(uid: string): boolean { return this.#placed.has(uid); }
  isAssumed(uid: string): boolean { return this.#placed.get(uid)?.assumed === true; }
  /** By what they are: assumed until the watch shows them bound. */
  get counts(): { assumed: number; pods: number; nodes: number } {
    let assumed = 0;
    for (const placed of this.#placed.values()) if (placed.assumed) assumed++;
    return { assumed, pods: this.#placed.size, nodes: this.table.nodes.length };
  }

  #place(info: PodInfo, name: string, assumed: boolean): void {
    const { uid } = info;
    const before = this.#placed.get(uid);
    if (before !== undefined && before.name !== name) this.removePod(uid);
    this.#placed.set(uid, { name, info, assumed });
    const node = this.table.get(name);
    if (node !== undefined) { this.table.addPod(node, info); return; }
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) this.#waiting.set(name, new Set([uid]));
    else waiting.add(uid);
  }

  #stopWaiting(name: string, uid: string): void {
    const waiting = this.#waiting.get(name);
    waiting?.delete(uid);
    if (waiting?.size === 0) this.#waiting.delete(name);
  }
}

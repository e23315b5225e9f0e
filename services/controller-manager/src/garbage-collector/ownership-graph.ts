import type { ObjectMeta, OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';

/** An object as the collector sees it. */
export interface GraphNode {
  resource: ResourceRef;
  metadata: Readonly<ObjectMeta>;
}

/** All objects by uid, and who depends on whom. */
export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>(); // uids of dependents by owner's uid

  get(uid: string): GraphNode | undefined { return this.#nodes.get(uid); }

  set(node: GraphNode): void {
    const uid = node.metadata.uid ?? '';
    const before = this.#nodes.get(uid);
    this.#nodes.set(uid, node);
    for (const owner of before?.metadata.ownerReferences ?? []) this.#unlink(owner.uid, uid);
    for (const owner of node.metadata.ownerReferences ?? []) this.#link(owner.uid, uid);
  }

  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    this.#nodes.delete(uid);
    for (const owner of node?.metadata.ownerReferences ?? []) this.#unlink(owner.uid, uid);
    return node;
  }

  /** Those that name this uid as an owner, whether it is there or not. */
  dependentsOf(uid: string): GraphNode[] {
    return [...this.#dependents.get(uid) ?? []].flatMap((one) => { const node = this.#nodes.get(one); return node === undefined ? [] : [node]; });
  }

  /** Those that a foreground deletion waits for. */
  blockersOf(uid: string): GraphNode[] {
    return this.dependentsOf(uid).filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true) === true);
  }

  #link(owner: string, dependent: string): void {
    const known = this.#dependents.get(owner);
    if (known === undefined) this.#dependents.set(owner, new Set([dependent]));
    else known.add(dependent);
  }

  #unlink(owner: string, dependent: string): void {
    const known = this.#dependents.get(owner);
    known?.delete(dependent);
    if (known?.size === 0) this.#dependents.delete(owner);
  }
}

export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

export type OwnerState = 'solid' | 'absent' | 'waiting';

export type Verdict =
  | { action: 'none' }
  | { action: 'drop-references'; owners: OwnerReference[] }
  | { action: 'delete'; policy: 'Background' | 'Foreground' | 'Orphan' };

/** What becomes of an object, given how each of its owners is: it lives as long as one of them does. */
export function judge(node: GraphNode, states: ReadonlyMap<string, OwnerState>, blocksOwner: boolean): Verdict {
  const owners = node.metadata.ownerReferences ?? [];
  const finalizers = node.metadata.finalizers ?? [];
  if (owners.length === 0) return { action: 'none' };
  const solid = owners.filter(({ uid }) => states.get(uid) === 'solid');
  if (solid.length > 0) return solid.length === owners.length ? { action: 'none' } : { action: 'drop-references', owners: solid };
  const waiting = owners.some(({ uid }) => states.get(uid) === 'waiting');
  if (waiting && blocksOwner) return { action: 'delete', policy: 'Foreground' }; // its own dependents go before it, too
  return { action: 'delete', policy: finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background' };
}

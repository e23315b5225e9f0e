import { isConflict, isNotFound, isUnsupportedMediaType, jsonEquals, type Json, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Client } from '@kubernode/client';
import type { ObservedNode } from './ownership-graph.ts';
import type { PropagationPolicy } from './judge.ts';

/** How often a finalizer is tried to be taken away while others write the same object. */
const CONFLICTS_MAX = 4;

/** What the collector asks of the server. Every write names the uid it means, so that an object that took the place of another is never hit. */
export class CollectorRequests {
  readonly #client: Client;
  readonly #mergeOnly = new Set<string>(); // resources that take no strategic patches: custom ones

  constructor(client: Client) { this.#client = client; }

  /** Rejects with NotFound when there is none. */
  async get(resource: ResourceRef, target: { name: string; namespace?: string | undefined }, signal: AbortSignal): Promise<Readonly<ObjectMeta>> {
    const { metadata } = await this.#client.get(resource as ResourceRef<{ metadata: ObjectMeta }>, target, { signal, metadataOnly: true }); // every object has metadata
    return metadata;
  }

  /**
   * Deletes the object as it was seen: if its owners have changed since, the server refuses with a conflict. Other changes do not matter, or an
   * object that is written all the time would never go.
   */
  async delete({ resource, metadata }: ObservedNode, policy: PropagationPolicy, resourceVersion: string | undefined, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid = '' } = metadata;
    const options = { signal, uid, propagationPolicy: policy };
    try { await this.#client.delete(resource, { name, namespace }, { ...options, ...(resourceVersion !== undefined && { resourceVersion }) }); } catch (error) {
      if (!isConflict(error)) throw error;
      const live = await this.get(resource, { name, namespace }, signal);
      if (live.uid !== uid || !sameOwners(live, metadata)) throw error;
      await this.#client.delete(resource, { name, namespace }, options);
    }
  }

  /** Takes owners away by their uids. */
  async dropOwners(node: ObservedNode, uids: readonly string[], signal: AbortSignal): Promise<void> {
    const left = (node.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
    await this.#patchOwners(node, uids.map((uid) => ({ $patch: 'delete', uid })), left, signal);
  }

  /** Lets the object's owners go without waiting for it; gives its new version. */
  async unblockOwners(node: ObservedNode, signal: AbortSignal): Promise<string | undefined> {
    const owners = node.metadata.ownerReferences ?? [];
    const unblocked = (one: OwnerReference): OwnerReference => ({ ...one, blockOwnerDeletion: false });
    const { resourceVersion } = await this.#patchOwners(node, owners.filter(({ blockOwnerDeletion }) => blockOwnerDeletion === true).map(unblocked), owners.map(unblocked), signal);
    return resourceVersion;
  }

  /** An object that is gone needs nothing taken away. */
  async dropFinalizer({ resource, metadata }: ObservedNode, finalizer: string, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = metadata;
    let seen = metadata;
    for (let conflicts = 0; ; conflicts++) {
      try {
        if (conflicts > 0) seen = await this.get(resource, { name, namespace }, signal);
        if (seen.uid !== uid || seen.finalizers?.includes(finalizer) !== true) return;
        const left = seen.finalizers.filter((one) => one !== finalizer);
        await this.#client.patch(resource, { name, namespace }, { type: 'merge', body: { metadata: { resourceVersion: seen.resourceVersion, finalizers: left } } }, { signal });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error) || conflicts >= CONFLICTS_MAX) throw error;
      }
    }
  }

  /** By a strategic patch, which suits whatever the object has become, or as a whole where the server takes none, which suits only what was seen. */
  async #patchOwners({ resource, metadata: { name, namespace, uid, resourceVersion } }: ObservedNode, strategic: readonly unknown[], whole: readonly OwnerReference[], signal: AbortSignal): Promise<ObjectMeta> {
    const typed = resource as ResourceRef<{ metadata: ObjectMeta }>; // every object has metadata
    const key = `${resource.resource}.${resource.group}`;
    if (!this.#mergeOnly.has(key)) {
      try { return (await this.#client.patch(typed, { name, namespace }, { type: 'strategic', body: { metadata: { ownerReferences: strategic, uid } } }, { signal })).metadata; } catch (error) {
        if (!isUnsupportedMediaType(error)) throw error;
        this.#mergeOnly.add(key);
      }
    }
    const body = { metadata: { uid, resourceVersion, ownerReferences: whole.length === 0 ? null : whole } };
    return (await this.#client.patch(typed, { name, namespace }, { type: 'merge', body }, { signal })).metadata;
  }
}

function sameOwners(a: Readonly<ObjectMeta>, b: Readonly<ObjectMeta>): boolean {
  return jsonEquals((a.ownerReferences ?? []) as unknown as Json, (b.ownerReferences ?? []) as unknown as Json); // references are JSON
}

import { formatApiVersion, isNotFound, matchesLabels, type LabelSelector, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Action } from './action.ts';

/** The one owner that manages an object. */
export function controllerOf(object: { metadata: ObjectMeta }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** The reference by which an object is managed by `owner`. */
export function controllerReference(owner: { metadata: ObjectMeta }, resource: ResourceRef): OwnerReference {
  return { apiVersion: formatApiVersion(resource), kind: resource.kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

export interface Claim<T> {
  /** What the owner manages now. */
  owned: Readonly<T>[];
  /** Orphans that match become owned, owned ones that match no more are let go; do these first. */
  actions: Action[];
}

export interface ClaimOptions<T> {
  /** Who is adopted gets these, and loses them when let go. */
  finalizers?: readonly string[];
  /** Has to agree as well, where a selector does not tell everything. */
  suits?(candidate: Readonly<T>): boolean;
}

/** Settles which of `candidates` belong to `owner`: those that refer to it, and orphans that its selector matches. */
export function claim<T extends { metadata: ObjectMeta }>(owner: { metadata: ObjectMeta }, ownerResource: ResourceRef, selector: LabelSelector, candidates: readonly Readonly<T>[], resource: ResourceRef<T>, { finalizers = [], suits = () => true }: ClaimOptions<T> = {}): Claim<T> {
  const owned: Readonly<T>[] = [];
  const actions: Action[] = [];
  for (const candidate of candidates) {
    const matches = matchesLabels(selector, candidate.metadata.labels) && suits(candidate);
    const controlledBy = controllerOf(candidate);
    if (controlledBy !== undefined) {
      if (controlledBy.uid !== owner.metadata.uid) continue;
      if (matches) owned.push(candidate);
      else if (owner.metadata.deletionTimestamp === undefined) actions.push(release(candidate, owner, resource, finalizers));
    } else if (matches && owner.metadata.deletionTimestamp === undefined && candidate.metadata.deletionTimestamp === undefined) {
      actions.push(adopt(candidate, controllerReference(owner, ownerResource), resource, finalizers));
      owned.push(candidate);
    }
  }
  return { owned, actions };
}

function adopt(object: { metadata: ObjectMeta }, reference: OwnerReference, resource: ResourceRef, finalizers: readonly string[]): Action {
  const { name, namespace, uid } = object.metadata;
  return {
    do: 'patch', resource, target: { name, namespace },
    patch: { type: 'strategic', body: { metadata: { ownerReferences: [reference], uid, ...(finalizers.length > 0 && { finalizers }) } } },
    otherwise: (error) => ({ handled: isNotFound(error) }), // gone meanwhile
  };
}

function release(object: { metadata: ObjectMeta }, owner: { metadata: ObjectMeta }, resource: ResourceRef, finalizers: readonly string[]): Action {
  const { name, namespace, uid } = object.metadata;
  return {
    do: 'patch', resource, target: { name, namespace },
    patch: { type: 'strategic', body: { metadata: { ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }], uid, ...(finalizers.length > 0 && { '$deleteFromPrimitiveList/finalizers': finalizers }) } } },
    otherwise: ({ reason }) => ({ handled: reason === 'NotFound' || reason === 'Invalid' }), // gone, or already somebody else's
  };
}

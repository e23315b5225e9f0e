import { formatApiVersion, isNotFound, matchesLabels, objectKey, parseApiVersion, type LabelSelector, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { InformerChange } from '@kubernode/client';
import type { Action } from './action.ts';
import { TryAgain, type Reach } from './controller.ts';

/** The one owner that manages an object. */
export function controllerOf(object: { metadata: ObjectMeta }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** For a watch: the keys of those of `owner`'s objects that manage what changed, before or after. */
export function controllerKeys<T extends { metadata: ObjectMeta }>(owner: ResourceRef): (change: InformerChange<T>) => readonly string[] {
  return ({ object, previous }) => [object, previous].flatMap((one) => {
    const reference = one && controllerOf(one);
    if (reference?.kind !== owner.kind || parseApiVersion(reference.apiVersion).group !== owner.group) return [];
    return [objectKey({ name: reference.name, ...(owner.namespaced && { namespace: one?.metadata.namespace ?? '' }) })];
  });
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

/** Whether `claim` would adopt any of these. */
export function wouldAdopt<T extends { metadata: ObjectMeta }>(selector: LabelSelector, candidates: readonly Readonly<T>[], suits: (candidate: Readonly<T>) => boolean = () => true): boolean {
  return candidates.some((candidate) => candidate.metadata.deletionTimestamp === undefined && controllerOf(candidate) === undefined && matchesLabels(selector, candidate.metadata.labels) && suits(candidate));
}

/**
 * The owner before it adopts, for a controller's `ask`: as deleted where the server says so. When an owner is deleted and its objects are
 * to stay, the garbage collector makes them orphans; a loop that has not heard of the deletion would adopt them, and they would go after
 * all.
 */
export async function adoptingOwner<O extends { metadata: ObjectMeta }>(owner: Readonly<O>, resource: ResourceRef, { client, signal }: Reach): Promise<Readonly<O>> {
  const { name, namespace, uid, deletionTimestamp } = owner.metadata;
  if (deletionTimestamp !== undefined) return owner;
  const { metadata } = await client.get<{ metadata: ObjectMeta }>(resource as ResourceRef<{ metadata: ObjectMeta }>, { name, ...(namespace !== undefined && { namespace }) }, { signal }); // objects of a resource have metadata
  if (metadata.uid !== uid) throw new TryAgain(`${namespace ?? ''}/${name} is another object by now`);
  return metadata.deletionTimestamp === undefined ? owner : { ...owner, metadata: { ...owner.metadata, deletionTimestamp: metadata.deletionTimestamp } };
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

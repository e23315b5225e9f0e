import type { ObjectMeta, OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { alternateIdentity, identityOf, identityText, means, ownerIdentity, partition, sameIdentity, type Dependent, type ObjectIdentity } from './object-identity.ts';

export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

/** An object that an informer showed, or a virtual one: an owner that nobody has seen yet and that may not exist. */
export type GraphNode = ObservedNode | VirtualNode;
export interface ObservedNode { virtual: false; resource: ResourceRef; metadata: Readonly<ObjectMeta> }
export interface VirtualNode { virtual: true; identity: ObjectIdentity }

/** What a change of the graph makes worth looking at, by uid. */
export interface Effects {
  /** Objects that may have to be deleted, and virtual ones whose existence is to be asked. */
  toDelete: Set<string>;
  /** The same, after a delay: the identity asked for was wrong, and another is tried. */
  toDeleteLater: Set<string>;
  /** Objects whose dependents are to be let go. */
  toOrphan: Set<string>;
  /** References across namespaces, which can mean nothing. */
  invalidNamespace: { dependent: ObservedNode; owner: OwnerReference }[];
}

/** How many owners that do not exist are remembered; those forgotten are asked for again. */
const ABSENT_MAX = 10_000;

/**
 * All objects by uid, and who depends on whom. References come from users and may be wrong: they may name an object by the uid of another, or in
 * another namespace. Such a reference means an object that does not exist, and must never make the true one look gone.
 *
 *     reference ──▶ virtual ──shown by an informer──▶ observed ──gone──▶ absent
 *                      └───────asked for, not found──────────────────────▲
 */
export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>(); // uids of dependents by owner's uid; owners need not be in #nodes
  readonly #absent = new Set<string>(); // identities that do not exist, oldest first

  get size(): number { return this.#nodes.size; }

  get(uid: string): GraphNode | undefined { return this.#nodes.get(uid); }

  /** Those that name this uid as an owner, whether it is there or not. */
  dependentsOf(uid: string): ObservedNode[] {
    return [...this.#dependents.get(uid) ?? []].flatMap((one) => { const node = this.#nodes.get(one); return node === undefined || node.virtual ? [] : [node]; });
  }

  /** Those that a foreground deletion waits for. */
  blockersOf(uid: string): ObservedNode[] {
    return this.dependentsOf(uid).filter((node) => ownersOf(node).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true));
  }

  /** Whether what a reference from `namespace` means is known not to exist. */
  isAbsent(reference: OwnerReference, namespace: string): boolean {
    return this.#absent.has(identityText(ownerIdentity(reference, ''))) || this.#absent.has(identityText(ownerIdentity(reference, namespace)));
  }

  noteAbsent(identity: ObjectIdentity): void {
    const text = identityText(identity);
    this.#absent.delete(text);
    this.#absent.add(text);
    if (this.#absent.size > ABSENT_MAX) this.#absent.delete(this.#absent.values().next().value ?? '');
  }

  /** An informer shows an object, new or changed. */
  observe(resource: ResourceRef, metadata: Readonly<ObjectMeta>): Effects {
    const effects = noEffects();
    const uid = metadata.uid ?? '';
    const before = this.#nodes.get(uid);
    const node: ObservedNode = { virtual: false, resource, metadata };
    this.#nodes.set(uid, node);
    if (before?.virtual === true) this.#correctIdentity(before.identity, identityOf(resource, metadata), effects);
    const known = before === undefined ? [] : ownersOf(before);
    const { added, removed, unblocked } = differences(known, ownersOf(node));
    for (const owner of unblocked) if (this.#nodes.has(owner.uid)) effects.toDelete.add(owner.uid);
    for (const owner of removed) this.#unlink(owner.uid, uid);
    this.#addToOwners(node, added, effects);
    this.#beginDeletion(node, before, effects);
    return effects;
  }

  /** An informer shows that an object is gone. */
  remove(metadata: Readonly<ObjectMeta>): Effects {
    const effects = noEffects();
    const node = this.#nodes.get(metadata.uid ?? '');
    if (node !== undefined) this.#remove(node, node.virtual ? node.identity : identityOf(node.resource, node.metadata), effects);
    return effects;
  }

  /** The server knows no object with this identity. */
  confirmAbsent(identity: ObjectIdentity): Effects {
    const effects = noEffects();
    const node = this.#nodes.get(identity.uid);
    if (node === undefined) return effects;
    const { matching, nonmatching } = partition(this.#dependentsWithOwners(identity.uid), identity);
    const wasWrong = node.virtual ? nonmatching.length > 0 : !sameIdentity(identityOf(node.resource, node.metadata), identity);
    if (!wasWrong) { this.#remove(node, identity, effects); return effects; }
    if (matching.length > 0) this.noteAbsent(identity);
    for (const { uid } of matching) effects.toDelete.add(uid);
    const other = node.virtual && sameIdentity(node.identity, identity) ? alternateIdentity(nonmatching, identity) : undefined;
    if (other !== undefined) {
      this.#nodes.set(identity.uid, { virtual: true, identity: other });
      effects.toDeleteLater.add(identity.uid);
    }
    return effects;
  }

  /** Nobody watches the object's kind any more: whether it exists has to be asked from now on. */
  doubt(uid: string): Effects {
    const effects = noEffects();
    const node = this.#nodes.get(uid);
    if (node === undefined || node.virtual) return effects;
    this.#nodes.delete(uid);
    for (const owner of ownersOf(node)) this.#unlink(owner.uid, uid);
    if (!this.#dependents.has(uid)) return effects;
    this.#nodes.set(uid, { virtual: true, identity: identityOf(node.resource, node.metadata) });
    effects.toDelete.add(uid);
    return effects;
  }

  /** Dependents may have meant something else by the uid than what it now turned out to be. */
  #correctIdentity(assumed: ObjectIdentity, observed: ObjectIdentity, effects: Effects): void {
    if (sameIdentity(assumed, observed)) return;
    for (const { uid, namespace } of partition(this.#dependentsWithOwners(observed.uid), observed).nonmatching) {
      if (observed.namespace !== '' && namespace !== observed.namespace) this.#reportInvalid(uid, observed.uid, effects);
      effects.toDelete.add(uid);
    }
  }

  #addToOwners(node: ObservedNode, owners: readonly OwnerReference[], effects: Effects): void {
    const { uid = '', namespace = '' } = node.metadata;
    let doubtful = false; // one is enough to have all of the object's references looked at
    for (const owner of owners) {
      const known = this.#nodes.get(owner.uid);
      this.#link(owner.uid, uid);
      if (known === undefined) {
        this.#nodes.set(owner.uid, { virtual: true, identity: ownerIdentity(owner, namespace) });
        effects.toDelete.add(owner.uid);
        continue;
      }
      if (doubtful) continue;
      const identity = known.virtual ? known.identity : identityOf(known.resource, known.metadata);
      const elsewhere = identity.namespace !== '' && identity.namespace !== namespace;
      if (elsewhere && !known.virtual) effects.invalidNamespace.push({ dependent: node, owner });
      doubtful = elsewhere || !means(owner, namespace, identity) || (known.virtual && identity.namespace !== namespace);
    }
    if (doubtful) effects.toDelete.add(uid);
  }

  #reportInvalid(dependentUid: string, ownerUid: string, effects: Effects): void {
    const dependent = this.#nodes.get(dependentUid);
    if (dependent === undefined || dependent.virtual) return;
    const owner = ownersOf(dependent).find(({ uid }) => uid === ownerUid);
    if (owner !== undefined) effects.invalidNamespace.push({ dependent, owner });
  }

  /** A deletion that has to wait for dependents is taken up when it begins. */
  #beginDeletion(node: ObservedNode, before: GraphNode | undefined, effects: Effects): void {
    const begins = (finalizer: string): boolean => isEndingWith(node, finalizer) && (before === undefined || !isEndingWith(before, finalizer));
    const { uid = '' } = node.metadata;
    if (begins(ORPHAN)) { effects.toOrphan.add(uid); return; }
    if (!begins(FOREGROUND)) return;
    for (const { metadata } of this.dependentsOf(uid)) effects.toDelete.add(metadata.uid ?? '');
    effects.toDelete.add(uid);
  }

  #remove(node: GraphNode, identity: ObjectIdentity, effects: Effects): void {
    const { uid } = identity;
    this.#nodes.delete(uid);
    for (const owner of ownersOf(node)) this.#unlink(owner.uid, uid);
    const dependents = this.dependentsOf(uid);
    if (dependents.length > 0) this.noteAbsent(identity);
    for (const { metadata } of dependents) effects.toDelete.add(metadata.uid ?? '');
    for (const owner of ownersOf(node)) {
      const known = this.#nodes.get(owner.uid);
      if (known !== undefined && isEndingWith(known, FOREGROUND)) effects.toDelete.add(owner.uid); // it may have waited for this one only
    }
  }

  #dependentsWithOwners(uid: string): (Dependent & { uid: string })[] {
    return this.dependentsOf(uid).map((node) => ({ uid: node.metadata.uid ?? '', namespace: node.metadata.namespace ?? '', owners: ownersOf(node) }));
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

/** Whether an object is being deleted and this finalizer keeps it. */
export function isEndingWith(node: GraphNode, finalizer: string): boolean {
  return !node.virtual && node.metadata.deletionTimestamp !== undefined && node.metadata.finalizers?.includes(finalizer) === true;
}

export function ownersOf(node: GraphNode): readonly OwnerReference[] {
  return node.virtual ? [] : node.metadata.ownerReferences ?? [];
}

function noEffects(): Effects { return { toDelete: new Set(), toDeleteLater: new Set(), toOrphan: new Set(), invalidNamespace: [] }; }

/** By uid; `unblocked` are those that a foreground deletion does not have to wait for any more. */
function differences(before: readonly OwnerReference[], after: readonly OwnerReference[]): { added: OwnerReference[]; removed: OwnerReference[]; unblocked: OwnerReference[] } {
  const now = new Map(after.map((owner) => [owner.uid, owner]));
  const then = new Set(before.map(({ uid }) => uid));
  return {
    added: after.filter(({ uid }) => !then.has(uid)),
    removed: before.filter(({ uid }) => !now.has(uid)),
    unblocked: before.filter(({ uid, blockOwnerDeletion }) => blockOwnerDeletion === true && now.get(uid)?.blockOwnerDeletion !== true),
  };
}

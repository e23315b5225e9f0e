import { formatApiVersion, type ObjectMeta, type OwnerReference } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';

/** What a reference says of an object, with the namespace it would have to be in; '' for those that are in none. */
export interface ObjectIdentity { apiVersion: string; kind: string; namespace: string; name: string; uid: string }

export function identityOf(resource: ResourceRef, { namespace = '', name, uid = '' }: Readonly<ObjectMeta>): ObjectIdentity {
  return { apiVersion: formatApiVersion(resource), kind: resource.kind, namespace, name, uid };
}

/** The owner as an object in `namespace` means it. */
export function ownerIdentity({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): ObjectIdentity {
  return { apiVersion, kind, namespace, name, uid };
}

/** As Kubernetes writes identities in events; good as a key. */
export function identityText({ apiVersion, kind, namespace, name, uid }: ObjectIdentity): string {
  return `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
}

export function sameIdentity(a: ObjectIdentity, b: ObjectIdentity): boolean { return identityText(a) === identityText(b); }

/** Whether a reference in an object of `namespace` means the object with this identity. Those in no namespace may be meant from everywhere. */
export function means(reference: OwnerReference, namespace: string, identity: ObjectIdentity): boolean {
  if (identity.namespace !== '' && identity.namespace !== namespace) return false;
  return reference.uid === identity.uid && reference.name === identity.name && reference.kind === identity.kind && reference.apiVersion === identity.apiVersion;
}

/** An object with its references, as far as identities go. */
export interface Dependent { namespace: string; owners: readonly OwnerReference[] }

/** Those whose references with the identity's uid mean it, and those with one that does not; an object may be both. */
export function partition<T extends Dependent>(dependents: readonly T[], identity: ObjectIdentity): { matching: T[]; nonmatching: T[] } {
  const references = ({ owners }: T): OwnerReference[] => owners.filter(({ uid }) => uid === identity.uid);
  return {
    matching: dependents.filter((one) => references(one).some((reference) => means(reference, one.namespace, identity))),
    nonmatching: dependents.filter((one) => references(one).some((reference) => !means(reference, one.namespace, identity))),
  };
}

/**
 * What else the dependents say an object is that is none of `absent`: the next one in a fixed order, so that each is tried in turn.
 * Undefined when they agree.
 */
export function alternateIdentity(dependents: readonly Dependent[], absent: ObjectIdentity): ObjectIdentity | undefined {
  const others = new Map<string, ObjectIdentity>();
  for (const { namespace, owners } of dependents) {
    for (const owner of owners) {
      if (owner.uid !== absent.uid || means(owner, namespace, absent)) continue;
      const clusterScoped = absent.namespace === '' && owner.apiVersion === absent.apiVersion && owner.kind === absent.kind;
      const other = ownerIdentity(owner, clusterScoped ? '' : namespace);
      if (!sameIdentity(other, absent)) others.set(identityText(other), other);
    }
  }
  const sorted = [...others.values()].sort(byIdentity);
  return sorted.find((one) => byIdentity(absent, one) < 0) ?? sorted[0];
}

/** Kind and version first, so that those in a namespace and those in none lie together. */
function byIdentity(a: ObjectIdentity, b: ObjectIdentity): number {
  for (const field of ['kind', 'apiVersion', 'namespace', 'name', 'uid'] as const) {
    if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  }
  return 0;
}

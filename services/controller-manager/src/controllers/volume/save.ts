import { coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import type { Action, Writable } from '@kubernode/controller';
import type { ObjectMeta } from '@kubernode/apimachinery';

type Stored = Writable & { metadata: ObjectMeta };

/** What to do once the server has the object; it gets the object as stored. */
export type Then<T> = (stored: Readonly<T>) => Action[];

const done: Then<unknown> = () => [];

/** Writes `next` over `known`, then goes on with what the server made of it. No write when `next` is `known` itself. */
export function save<T extends Stored>(resource: ResourceRef<T>, known: Readonly<T>, next: Readonly<T>, then: Then<T> = done): Action[] {
  return next === known ? then(known) : [{ do: 'update', resource, object: next, then: (written) => then(written as Readonly<T>) }]; // an object of the resource
}

/** The same for the status. */
export function saveStatus<T extends Stored>(resource: ResourceRef<T>, known: Readonly<T>, next: Readonly<T>, then: Then<T> = done): Action[] {
  return next === known ? then(known) : [{ do: 'update', resource, object: next, subresource: 'status', then: (written) => then(written as Readonly<T>) }]; // as above
}

export const volumes: ResourceRef<coreV1.PersistentVolume> = coreV1Resources.persistentvolumes;
export const claims: ResourceRef<coreV1.PersistentVolumeClaim> = coreV1Resources.persistentvolumeclaims;

/** The object with other annotations; none at all when none are left. */
export function withAnnotations<T extends Stored>(object: Readonly<T>, annotations: Readonly<Record<string, string>>): Readonly<T> {
  const { annotations: _before, ...metadata } = object.metadata;
  return { ...object, metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations } };
}

/** The annotations without one. */
export function without(annotations: Readonly<Record<string, string>> | undefined, name: string): Record<string, string> {
  const { [name]: _removed, ...rest } = annotations ?? {};
  return rest;
}

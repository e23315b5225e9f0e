import type { ObjectMeta } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Action, Writable } from '@kubernode/controller';

type Stored = Readonly<Writable & { metadata: ObjectMeta }>;
type Update = Extract<Action, { do: 'update' }>;

/** Whether the object is to go, and this finalizer still keeps it. */
export function waitsFor({ metadata }: { metadata: ObjectMeta }, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}

/** Whether an object that stays lacks the finalizer: it is older than the admission plugin that adds it. */
export function lacks({ metadata }: { metadata: ObjectMeta }, finalizer: string): boolean {
  return metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(finalizer) !== true;
}

export function addFinalizer(resource: ResourceRef, object: Stored, finalizer: string): Update {
  return { do: 'update', resource, object: { ...object, metadata: { ...object.metadata, finalizers: [...object.metadata.finalizers ?? [], finalizer] } } };
}

export function removeFinalizer(resource: ResourceRef, object: Stored, finalizer: string): Update {
  return { do: 'update', resource, object: { ...object, metadata: { ...object.metadata, finalizers: (object.metadata.finalizers ?? []).filter((one) => one !== finalizer) } } };
}

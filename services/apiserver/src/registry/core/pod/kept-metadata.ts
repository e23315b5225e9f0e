import type { KubeObject, ObjectMeta } from '@kubernode/apimachinery';

const KEPT = ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Subresources that write a part of the spec leave alone what clients may say of the object as a whole. */
export function keepMetadata(object: KubeObject, old: Readonly<KubeObject>): void {
  for (const field of KEPT) keep(object.metadata, old.metadata, field);
}

function keep<K extends keyof ObjectMeta>(metadata: ObjectMeta, old: Readonly<ObjectMeta>, field: K): void {
  const value = old[field];
  if (value === undefined) delete metadata[field];
  else metadata[field] = structuredClone(value);
}

import type { Json } from '../json.ts';
import type { KubeObject } from '../meta/kube-object.ts';
import type { ManagedFieldsEntry } from '../meta/object-meta.ts';
import { jsonEquals } from '../patch/json-equals.ts';

/**
 * The last step before an update is stored: when nothing but times of managedFields differs, the old entries are put
 * back, so that a write that changes nothing keeps the resourceVersion.
 */
export function keepTimesOfUnchanged(live: KubeObject, next: KubeObject): KubeObject {
  const before = live.metadata.managedFields ?? [];
  const after = next.metadata.managedFields ?? [];
  if (after.length === 0 || before.length !== after.length) return next;
  if (after.every(({ time }, index) => time === before[index]?.time)) return next;
  if (!jsonEquals(timeless(before), timeless(after)) || !jsonEquals(unmanaged(live), unmanaged(next))) return next;
  return { ...next, metadata: { ...next.metadata, managedFields: before } };
}

function timeless(entries: readonly ManagedFieldsEntry[]): Json {
  return entries.map((entry) => {
    const { time: _, ...rest } = entry;
    return rest;
  }) as Json; // entries are JSON
}

function unmanaged(object: KubeObject): Json {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as Json; // objects of the API are JSON
}

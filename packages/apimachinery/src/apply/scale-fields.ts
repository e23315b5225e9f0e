import type { ManagedFieldsEntry } from '../meta/object-meta.ts';
import { difference, fieldSetOf, hasPath } from './field-set.ts';
import { decodeManagedFields, encodeManagedFields, type ManagedSets, withEntry } from './managed-set.ts';
import { fieldElement, type FieldPath } from './path-element.ts';

/** The versions of the scaled kind with the path of their replicas; undefined for a version that has none. */
export type ReplicasPaths = Readonly<Record<string, readonly string[] | undefined>>;

const SCALE_VERSION = 'autoscaling/v1';
const SCALE_REPLICAS = ['spec', 'replicas'].map(fieldElement);

/** The entries of a scaled object as its Scale shows them: only those that own the replicas, under the Scale's names. */
export function managedFieldsOfScale(entries: readonly ManagedFieldsEntry[] | undefined, replicas: ReplicasPaths): ManagedFieldsEntry[] | undefined {
  let shown: ManagedSets = new Map();
  for (const [id, entry] of decodeManagedFields(entries)) {
    const path = replicasPath(replicas, entry.apiVersion);
    if (path !== undefined && hasPath(entry.set, path)) shown = withEntry(shown, id, { ...entry, apiVersion: SCALE_VERSION, set: fieldSetOf(SCALE_REPLICAS) });
  }
  return encodeManagedFields(shown);
}

export interface ScaleWrite {
  /** The entries of the object. */
  entries: readonly ManagedFieldsEntry[] | undefined;
  /** The entries of its Scale, as managedFieldsOfScale made them and the field manager of the Scale left them. */
  scaleEntries: readonly ManagedFieldsEntry[] | undefined;
  /** The version in which the object is written. */
  apiVersion: string;
  replicas: ReplicasPaths;
}

/**
 * The entries of the object after its Scale was written: who lost the replicas there loses them here, who took them
 * there gets an entry here. An updater's entry is known under another identity in each version, so it is always made
 * anew, without a time.
 */
export function managedFieldsAfterScale({ entries, scaleEntries, apiVersion, replicas }: ScaleWrite): ManagedFieldsEntry[] | undefined {
  const parents = decodeManagedFields(entries);
  const scaled = new Map(decodeManagedFields(scaleEntries));
  let result: ManagedSets = new Map();
  for (const [id, entry] of parents) {
    if (!Object.hasOwn(replicas, entry.apiVersion)) continue; // a version that is gone
    const path = replicasPath(replicas, entry.apiVersion);
    const owned = path !== undefined && hasPath(entry.set, path);
    result = withEntry(result, id, owned && !scaled.has(id) ? { ...entry, set: difference(entry.set, fieldSetOf(path)) } : entry);
    if (owned) scaled.delete(id);
  }
  const path = replicasPath(replicas, apiVersion);
  for (const [id, entry] of scaled) {
    if (path !== undefined && hasPath(entry.set, SCALE_REPLICAS)) result = withEntry(result, id, { ...entry, apiVersion, set: fieldSetOf(path), timeMs: parents.get(id)?.timeMs });
  }
  return encodeManagedFields(result);
}

function replicasPath(replicas: ReplicasPaths, apiVersion: string): FieldPath | undefined {
  return Object.hasOwn(replicas, apiVersion) ? replicas[apiVersion]?.map(fieldElement) : undefined;
}

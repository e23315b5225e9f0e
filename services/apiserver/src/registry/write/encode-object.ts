import type { KubeObject } from '@kubernode/apimachinery';
import { canonicalBytes, type StoredObject } from '@kubernode/storage';

/** Canonical JSON for the store: kind, apiVersion, metadata first, no resourceVersion. */
export function encodeForStore(object: KubeObject): Buffer {
  return canonicalBytes(object);
}

/** An object that is not stored: the outcome of a dry run, or of a write that removed it. */
export function detachedObject(key: string, object: KubeObject): StoredObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  const bytes = Buffer.from(JSON.stringify({ kind, apiVersion, metadata, ...rest }));
  const decode = <T>(): T => JSON.parse(bytes.toString()) as T; // the same object that was given
  return { key, revision: Number(metadata.resourceVersion ?? 0), bytes, attributes: { labels: metadata.labels ?? {}, fields: {} }, decode, read: decode };
}

import type { ListMeta, ObjectMeta } from './object-meta.ts';

/** Any object of the API. Kinds known at compile time have a type in @kubernode/api that fits this one. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface KubeList<T = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: ListMeta;
  items: T[];
}

/** `namespace/name`, or the bare name for what has no namespace: the key by which loops and caches name an object. */
export function objectKey(meta: { name: string; namespace?: string }): string {
  return meta.namespace === undefined || meta.namespace === '' ? meta.name : `${meta.namespace}/${meta.name}`;
}

/** The inverse of objectKey. */
export function splitObjectKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

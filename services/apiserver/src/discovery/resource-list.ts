import { createHash } from 'node:crypto';
import type { SubresourceFacts } from '@kubernode/api';
import { formatApiVersion } from '@kubernode/apimachinery';
import type { OfferedResource, ServedVersion } from './served-api.ts';

/** One entry of /apis/GROUP/VERSION. Subresources are entries of their own, named `RESOURCE/NAME`. */
export interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  storageVersionHash?: string;
}

export interface ApiResourceList {
  kind: 'APIResourceList';
  /** The core group's list has none. */
  apiVersion?: 'v1';
  groupVersion: string;
  resources: ApiResource[];
}

/** The answer at /apis/GROUP/VERSION and /api/v1. */
export function resourceList(served: ServedVersion): ApiResourceList {
  return {
    kind: 'APIResourceList',
    ...(served.group !== '' && { apiVersion: 'v1' }),
    groupVersion: formatApiVersion(served),
    resources: served.resources.flatMap((resource) => [entryOf(resource), ...(resource.subresources ?? []).map((sub) => subresourceEntry(resource, sub))]),
  };
}

function entryOf(resource: OfferedResource): ApiResource {
  const { resource: name, singular: singularName, namespaced, kind, verbs, shortNames, categories } = resource;
  const hash = resource.etcdPrefix !== undefined && storageVersionHash(resource);
  return {
    name, singularName, namespaced, kind, verbs,
    ...(shortNames !== undefined && shortNames.length > 0 && { shortNames }), ...(categories !== undefined && categories.length > 0 && { categories }),
    ...(hash !== false && { storageVersionHash: hash }),
  };
}

function subresourceEntry(resource: OfferedResource, { name, group, version, kind, verbs }: SubresourceFacts): ApiResource {
  const foreign = group !== resource.group || version !== resource.version;
  return { name: `${resource.resource}/${name}`, singularName: '', namespaced: resource.namespaced, ...(foreign && { group, version }), kind, verbs };
}

const HASH_BYTES = 8;

/** Tells clients when the stored version changes; the same value as Kubernetes gives. */
function storageVersionHash({ group, version, kind, storage }: OfferedResource): string {
  const stored = storage ?? { group, version };
  return createHash('sha256').update(`${stored.group}/${stored.version}/${kind}`).digest().subarray(0, HASH_BYTES).toString('base64');
}

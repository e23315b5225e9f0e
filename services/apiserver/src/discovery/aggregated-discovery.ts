import type { SubresourceFacts } from '@kubernode/api';
import type { GroupVersionKind } from '@kubernode/apimachinery';
import type { ServedGroup, OfferedResource, ServedVersion } from './served-api.ts';

export interface SubresourceDiscovery { subresource: string; responseKind: GroupVersionKind; verbs: readonly string[] }

export interface ResourceDiscovery {
  resource: string;
  responseKind: GroupVersionKind;
  scope: 'Cluster' | 'Namespaced';
  singularResource: string;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  subresources?: SubresourceDiscovery[];
}

export interface VersionDiscovery { version: string; resources?: readonly object[]; freshness: 'Current' | 'Stale' }
export interface GroupDiscovery { metadata: { name?: string }; versions: VersionDiscovery[] }
export interface GroupDiscoveryList { kind: 'APIGroupDiscoveryList'; apiVersion: 'apidiscovery.k8s.io/v2'; metadata: object; items: GroupDiscovery[] }

/** Everything about some groups in one document: what newer clients ask for at /api and /apis. */
export function groupDiscoveryList(groups: readonly ServedGroup[]): GroupDiscoveryList {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items: groups.map(describeGroup) };
}

function describeGroup({ name, versions }: ServedGroup): GroupDiscovery {
  return { metadata: name === '' ? {} : { name }, versions: versions.map(describeVersion) };
}

function describeVersion({ version, resources, remote }: ServedVersion): VersionDiscovery {
  if (remote !== undefined) return { version, ...(remote.resources.length > 0 && { resources: remote.resources }), freshness: remote.freshness };
  return { version, resources: resources.map(describeResource), freshness: 'Current' };
}

function describeResource(resource: OfferedResource): ResourceDiscovery {
  const { resource: name, namespaced, singular, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: name, responseKind: responseKind(resource, resource), scope: namespaced ? 'Namespaced' : 'Cluster', singularResource: singular, verbs,
    ...(shortNames !== undefined && shortNames.length > 0 && { shortNames }), ...(categories !== undefined && categories.length > 0 && { categories }),
    ...(subresources !== undefined && subresources.length > 0 && { subresources: subresources.map((sub) => describeSubresource(resource, sub)) }),
  };
}

function describeSubresource(resource: OfferedResource, sub: SubresourceFacts): SubresourceDiscovery {
  return { subresource: sub.name, responseKind: responseKind(resource, sub), verbs: sub.verbs };
}

/** Built-in kinds leave out the group and version that they share with the list around them; custom ones repeat them. */
function responseKind(resource: OfferedResource, { group, version, kind }: GroupVersionKind): GroupVersionKind {
  const same = group === resource.group && version === resource.version;
  return same && resource.custom !== true ? { group: '', version: '', kind } : { group, version, kind };
}

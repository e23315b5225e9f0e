import { isJsonObject, type GroupVersion, type JsonObject } from '@kubernode/apimachinery';
import type { ResourceDiscovery, SubresourceDiscovery } from '../discovery/aggregated-discovery.ts';

/** The resources of an APIResourceList as aggregated discovery tells of them: subresources under what they belong to. Pure. */
export function resourcesOf({ resources }: JsonObject, of: GroupVersion): ResourceDiscovery[] {
  const entries = Array.isArray(resources) ? resources.filter((one): one is JsonObject => isJsonObject(one) && typeof one['name'] === 'string') : [];
  const found = new Map<string, ResourceDiscovery>();
  for (const entry of entries) {
    const [resource = '', subresource] = String(entry['name']).split('/');
    if (subresource === undefined) found.set(resource, resourceOf(resource, entry, of));
  }
  for (const entry of entries) {
    const [resource = '', subresource] = String(entry['name']).split('/');
    if (subresource === undefined) continue;
    let parent = found.get(resource);
    if (parent === undefined) found.set(resource, parent = { ...resourceOf(resource, entry, of), responseKind: { group: '', version: '', kind: '' }, singularResource: '', verbs: [] }); // a subresource alone
    const described: SubresourceDiscovery = { subresource, responseKind: kindOf(entry, of), verbs: texts(entry['verbs']) };
    parent.subresources = [...parent.subresources ?? [], described];
  }
  return [...found.values()];
}

function resourceOf(resource: string, entry: JsonObject, of: GroupVersion): ResourceDiscovery {
  const [shortNames, categories] = [texts(entry['shortNames']), texts(entry['categories'])];
  return {
    resource, responseKind: kindOf(entry, of), scope: entry['namespaced'] === true ? 'Namespaced' : 'Cluster', singularResource: String(entry['singularName'] ?? ''), verbs: texts(entry['verbs']),
    ...(shortNames.length > 0 && { shortNames }), ...(categories.length > 0 && { categories }),
  };
}

function kindOf({ group, version, kind }: JsonObject, of: GroupVersion): ResourceDiscovery['responseKind'] {
  const [ownGroup, ownVersion] = [typeof group === 'string' ? group : '', typeof version === 'string' ? version : ''];
  return { group: ownGroup === '' && ownVersion === '' ? of.group : ownGroup, version: ownVersion === '' ? of.version : ownVersion, kind: String(kind ?? '') };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

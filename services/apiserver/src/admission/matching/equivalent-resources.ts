import { groupBy } from '@kubernode/base';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { EquivalentResources, MatchedResource } from './match-rules.ts';

/** All that is served, and a number that changes whenever that does. */
export interface ServedResources {
  readonly served: Iterable<ServedResource>;
  readonly api: { readonly version: number };
}

/** Finds under which other groups and versions objects are served: of built-in kinds what is stored together, of custom ones each version. */
export function equivalentResources(registry: ServedResources): EquivalentResources {
  let index: ReadonlyMap<string, readonly ServedResource[]> = new Map();
  let indexed: number | undefined;
  return ({ group, version, resource, subresource }) => {
    if (indexed !== registry.api.version) {
      index = indexByStorage(registry.served);
      indexed = registry.api.version;
    }
    const together = index.get(`${group}/${version}/${resource}`) ?? [];
    return together.flatMap((other) => (other.facts.group === group && other.facts.version === version ? [] : asMatched(other, subresource) ?? []));
  };
}

/** By group, version and resource: everything that shows the same objects. */
function indexByStorage(served: Iterable<ServedResource>): ReadonlyMap<string, readonly ServedResource[]> {
  const byStorage = groupBy(served, (one): unknown => (one.custom === undefined ? one.storage : `${one.facts.group}/${one.facts.resource}`)); // versions of custom resources have a storage each
  return new Map([...byStorage.values()].flatMap((together) => together.map(({ facts: { group, version, resource } }) => [`${group}/${version}/${resource}`, together] as const)));
}

/** Undefined when that version has no such subresource. */
function asMatched({ facts, kind }: ServedResource, subresource: string): MatchedResource | undefined {
  const { group, version, resource } = facts;
  if (subresource === '') return { group, version, resource, kind };
  const found = facts.subresources?.find(({ name }) => name === subresource);
  return found && { group, version, resource, kind: { group: found.group, version: found.version, kind: found.kind } };
}

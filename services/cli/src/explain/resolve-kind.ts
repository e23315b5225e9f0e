import { apiextensionsV1Resources, resources, type ResourceRef } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { nearestName, UserError } from '@kubernode/component-base';
import type { ObjectReader } from './object-reader.ts';

/** A resource as users call it: one of its names, and where it stands. */
interface NamedResource extends ResourceRef<KubeObject> { readonly names: readonly string[] }

/** All resources that can be listed: Kubernetes' own, each in its best version, and those of definitions. */
export async function listedResources(reader: ObjectReader): Promise<readonly NamedResource[]> {
  const own = new Map<string, NamedResource>();
  for (const { group, version, resource, kind, namespaced, singular, shortNames = [], verbs } of resources) {
    const key = `${group}/${resource}`;
    if (verbs.includes('list') && (!own.has(key) || version === 'v1')) own.set(key, { group, version, resource, kind, namespaced, names: namesOf({ group, resource, singular, kind, shortNames }) });
  }
  const definitions = await reader.list(apiextensionsV1Resources.customresourcedefinitions);
  const custom = definitions.flatMap(({ spec }): NamedResource[] => {
    const version = spec.versions.find(({ served }) => served)?.name;
    const { plural: resource, singular = '', kind, shortNames = [] } = spec.names;
    return version === undefined ? [] : [{ group: spec.group, version, resource, kind, namespaced: spec.scope === 'Namespaced', names: namesOf({ group: spec.group, resource, singular, kind, shortNames }) }];
  });
  return [...own.values(), ...custom];
}

function namesOf({ group, resource, singular, kind, shortNames }: { group: string; resource: string; singular: string; kind: string; shortNames: readonly string[] }): string[] {
  return [resource, singular, kind.toLowerCase(), ...shortNames, ...(group === '' ? [] : [`${resource}.${group}`])].filter((name) => name !== '');
}

/** By any name that kubectl takes. @throws UserError with the nearest name */
export function resolveKind(name: string, known: readonly NamedResource[]): NamedResource {
  const wanted = name.toLowerCase();
  const found = known.find(({ names }) => names.includes(wanted));
  if (found !== undefined) return found;
  const nearest = nearestName(wanted, known.flatMap(({ names }) => names));
  throw new UserError(`the server has no resource ${JSON.stringify(name)}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
}

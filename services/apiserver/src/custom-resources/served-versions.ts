import type { Schema } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { isTrue, type Definition, type DefinitionVersion } from './definition.ts';

/** One version of a custom resource that requests may name. */
export interface ServedVersion {
  version: DefinitionVersion;
  offered: OfferedResource;
}

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const VERBS_WHILE_TERMINATING = ['delete', 'deletecollection', 'get', 'list', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

/** What a definition gives clients to ask for; nothing before it is established. */
export function servedVersions(definition: Readonly<Definition>): ServedVersion[] {
  if (!isTrue(definition, 'Established')) return [];
  return definition.spec.versions.filter(({ served }) => served).map((version) => ({ version, offered: offered(definition, version) }));
}

/** Where its objects are stored. */
export function storagePrefix({ spec }: Readonly<Definition>): string {
  return `/registry/${spec.group}/${spec.names.plural}/`;
}

export function storageVersion({ spec }: Readonly<Definition>): string {
  return spec.versions.find(({ storage }) => storage)?.name ?? '';
}

function offered(definition: Readonly<Definition>, version: DefinitionVersion): OfferedResource {
  const { spec, status } = definition;
  const { plural, singular, kind, listKind, shortNames, categories } = { ...spec.names, ...status?.acceptedNames };
  const { group } = spec;
  const stored = spec.versions.find(({ storage }) => storage);
  const own = { group, version: version.name, kind };
  return {
    ...own, resource: plural, singular: singular ?? '', namespaced: spec.scope === 'Namespaced',
    verbs: isTrue(definition, 'Terminating') ? VERBS_WHILE_TERMINATING : VERBS,
    ...(shortNames && { shortNames }), ...(categories && { categories }),
    ...(stored?.served === true && { etcdPrefix: storagePrefix(definition), storage: { group, version: stored.name } }),
    subresources: [
      ...(version.subresources?.status === undefined ? [] : [{ name: 'status', ...own, verbs: SUBRESOURCE_VERBS }]),
      ...(version.subresources?.scale === undefined ? [] : [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: SUBRESOURCE_VERBS }]),
    ],
    custom: true, ...(listKind && { listKind }), ...(version.schema?.openAPIV3Schema && { customSchema: version.schema.openAPIV3Schema as Schema }),  // schemas of definitions are OpenAPI's
    ...(version.selectableFields && { selectableFields: version.selectableFields.map(({ jsonPath }) => jsonPath.replace(/^\./, '')) }),
  };
}

import { formatApiVersion } from '@kubernode/apimachinery';
import type { ServedGroup, ServedVersion } from '../discovery/served-api.ts';
import { groupName, groupTag, groupVersionName, groupVersionTag } from './operation-names.ts';
import { answersWith, OBJECT_TYPES, SCHEMA_NAMES, type Content, type Operation } from './operation.ts';
import { resourceOperations } from './resource-operations.ts';

/** The operations of every document, by the document's path below /openapi/v3/. */
export function documentOperations(groups: readonly ServedGroup[]): Map<string, () => Operation[]> {
  const documents = new Map<string, () => Operation[]>([
    ['.well-known/openid-configuration', () => [textPath('/.well-known/openid-configuration/', 'getServiceAccountIssuerOpenIDConfiguration', 'WellKnown', 'application/json')]],
    ['api', () => [discoveryPath({ path: '/api/', id: 'getCoreAPIVersions', tag: 'core', schema: SCHEMA_NAMES.apiVersions })]],
    ['apis', () => [discoveryPath({ path: '/apis/', id: 'getAPIVersions', tag: 'apis', schema: SCHEMA_NAMES.groupList })]],
    ['logs', logPaths],
    ['openid/v1/jwks', () => [textPath('/openid/v1/jwks/', 'getServiceAccountIssuerOpenIDKeyset', 'openid', 'application/jwk-set+json')]],
    ['version', () => [versionPath()]],
  ]);
  for (const group of groups) {
    if (group.name !== '' && !isCustom(group)) documents.set(`apis/${group.name}`, () => [groupPath(group.name)]);
    for (const version of group.versions) documents.set(documentPath(version), () => versionOperations(version));
  }
  return new Map([...documents].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `apis/apps/v1`, `api/v1`. */
export function documentPath(version: ServedVersion): string {
  return `${version.group === '' ? 'api' : 'apis'}/${formatApiVersion(version)}`;
}

/** Every operation of one version of a group. Custom groups describe no discovery of their own. */
export function versionOperations(version: ServedVersion): Operation[] {
  const ofResources = version.resources.flatMap(resourceOperations);
  if (version.resources.every(({ custom }) => custom === true)) return ofResources;
  const discovery = discoveryPath({ path: `/${documentPath(version)}/`, id: `get${groupVersionName(version)}APIResources`, tag: groupVersionTag(version), schema: SCHEMA_NAMES.resourceList });
  return [discovery, ...ofResources];
}

function isCustom(group: ServedGroup): boolean {
  return group.versions.every(({ resources }) => resources.every(({ custom }) => custom === true));
}

function groupPath(group: string): Operation {
  return discoveryPath({ path: `/apis/${group}/`, id: `get${groupName(group)}APIGroup`, tag: groupTag(group), schema: SCHEMA_NAMES.group });
}

function discoveryPath({ path, id, tag, schema }: { path: string; id: string; tag: string; schema: string }): Operation {
  return { path, method: 'get', id, tags: [tag], query: [], consumes: OBJECT_TYPES, produces: OBJECT_TYPES, answers: answersWith({ schema }, '200') };
}

function textPath(path: string, id: string, tag: string, type: string): Operation {
  return { path, method: 'get', id, tags: [tag], query: [], consumes: [], produces: [type], answers: answersWith('text', '200') };
}

function logPaths(): Operation[] {
  const common = { method: 'get' as const, tags: ['logs'], query: [], consumes: [], produces: [], answers: answersWith('nothing') };
  return [{ ...common, path: '/logs/', id: 'logFileListHandler' }, { ...common, path: '/logs/{logpath}', id: 'logFileHandler' }];
}

function versionPath(): Operation {
  const content: Content = { schema: SCHEMA_NAMES.versionInfo };
  const json = ['application/json'];
  return { path: '/version/', method: 'get', id: 'getCodeVersion', tags: ['version'], query: [], consumes: json, produces: json, answers: answersWith(content, '200') };
}

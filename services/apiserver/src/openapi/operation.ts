import type { GroupVersionKind } from '@kubernode/apimachinery';

export type HttpMethod = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';

export interface Parameter {
  name: string;
  in: 'query' | 'path';
  type: 'string' | 'integer' | 'boolean';
}

/** What an answer or body holds: a schema by name, or bare text. */
export type Content = { schema: string } | 'text' | 'nothing';

export interface OperationAnswer {
  code: string;
  description: string;
  content: Content;
}

/** One method of one path, in terms that both versions of OpenAPI can be written from. */
export interface Operation {
  path: string;
  method: HttpMethod;
  id: string;
  tags: readonly string[];
  /** list, watchlist, post, connect, …; absent for discovery. */
  action?: string;
  kind?: GroupVersionKind;
  /** Path parameters are those that the path names. */
  query: readonly string[];
  body?: { schema: string; required: boolean };
  consumes: readonly string[];
  produces: readonly string[];
  answers: readonly OperationAnswer[];
}

export const OBJECT_TYPES: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
/** Custom resources have no protobuf. */
export const CUSTOM_TYPES: readonly string[] = ['application/json', 'application/yaml'];
export const LIST_TYPES: readonly string[] = [...OBJECT_TYPES, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
export const PATCH_TYPES: readonly string[] = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml'];
export const ANY_TYPE: readonly string[] = ['*/*'];

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
type SchemaUse = 'status' | 'deleteOptions' | 'watchEvent' | 'patch' | 'listMeta' | 'objectMeta' | 'resourceList' | 'groupList' | 'group' | 'apiVersions' | 'versionInfo';

/** Schemas that operations of every kind refer to. */
export const SCHEMA_NAMES: Readonly<Record<SchemaUse, string>> = {
  status: `${META}.Status`, deleteOptions: `${META}.DeleteOptions`, watchEvent: `${META}.WatchEvent`, patch: `${META}.Patch`, listMeta: `${META}.ListMeta`,
  objectMeta: `${META}.ObjectMeta`, resourceList: `${META}.APIResourceList`, groupList: `${META}.APIGroupList`, group: `${META}.APIGroup`,
  apiVersions: `${META}.APIVersions`, versionInfo: 'io.k8s.apimachinery.pkg.version.Info',
};

const UNAUTHORIZED: OperationAnswer = { code: '401', description: 'Unauthorized', content: 'nothing' };
const DESCRIPTIONS: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** Answers with the same content under each code, and 401. */
export function answersWith(content: Content, ...codes: ('200' | '201' | '202')[]): OperationAnswer[] {
  return [...codes.map((code) => ({ code, description: DESCRIPTIONS[code] ?? '', content })), UNAUTHORIZED];
}

const BOOLEANS = new Set([
  'allowWatchBookmarks', 'follow', 'force', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'insecureSkipTLSVerifyBackend', 'orphanDependents',
  'previous', 'sendInitialEvents', 'stderr', 'stdin', 'stdout', 'timestamps', 'tty', 'watch',
]);
const INTEGERS = new Set(['gracePeriodSeconds', 'limit', 'limitBytes', 'ports', 'sinceSeconds', 'tailLines', 'timeoutSeconds']);

/** All parameters of an operation by name, path parameters included. */
export function parametersOf({ path, query }: Operation): Parameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match): Parameter => ({ name: match[1] ?? '', in: 'path', type: 'string' }));
  const inQuery = query.map((name): Parameter => ({ name, in: 'query', type: BOOLEANS.has(name) ? 'boolean' : INTEGERS.has(name) ? 'integer' : 'string' }));
  return [...inPath, ...inQuery].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Of one path: the parameters that all its operations share, which OpenAPI writes once. */
export function sharedParameters(operations: readonly Operation[]): Parameter[] {
  const [first, ...rest] = operations.map(parametersOf);
  return (first ?? []).filter((parameter) => rest.every((others) => others.some((other) => isSame(other, parameter))));
}

export function isSame(a: Parameter, b: Parameter): boolean {
  return a.name === b.name && a.in === b.in;
}

import { formatApiVersion, type GroupVersionKind } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { groupVersionName, groupVersionTag } from './operation-names.ts';
import { answersWith, ANY_TYPE, LIST_TYPES, OBJECT_TYPES, PATCH_TYPES, SCHEMA_NAMES, type Content, type HttpMethod, type Operation } from './operation.ts';
import { schemaName } from './schema-name.ts';
import { subresourceOperations } from './subresource-operations.ts';

/** Where a resource is served and how its operations are named. */
export interface OperationContext {
  resource: OfferedResource;
  /** `/apis/apps/v1` or `/api/v1`. */
  root: string;
  /** `/apis/apps/v1/namespaces/{namespace}/deployments` */
  collection: string;
  /** `AppsV1` */
  prefix: string;
  /** `NamespacedDeployment` or `Node` */
  subject: string;
  tags: readonly string[];
}

export const WRITE_QUERY: readonly string[] = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty'];
export const PATCH_QUERY: readonly string[] = [...WRITE_QUERY, 'force'];
const DELETE_QUERY = ['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents', 'pretty', 'propagationPolicy'];
const SELECT_QUERY = ['continue', 'fieldSelector', 'labelSelector', 'limit', 'pretty', 'resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'shardSelector', 'timeoutSeconds'];
const LIST_QUERY = [...SELECT_QUERY, 'allowWatchBookmarks', 'watch'];
const DELETE_COLLECTION_QUERY = [...new Set([...SELECT_QUERY, ...DELETE_QUERY])];

/** DELETE of these answers the object; of all others a Status. */
const RETURNS_DELETED = new Set([
  'persistentvolumeclaims', 'persistentvolumes', 'pods', 'podtemplates', 'resourcequotas', 'serviceaccounts', 'services', 'deviceclasses', 'resourceclaims',
  'resourceclaimtemplates', 'resourceslices', 'csidrivers', 'csinodes', 'storageclasses', 'volumeattachments', 'volumeattributesclasses',
]);

/** Every operation on a resource and what lies below it. */
export function resourceOperations(resource: OfferedResource): Operation[] {
  const context = operationContext(resource);
  return [...collectionOperations(context), ...itemOperations(context), ...watchOperations(context), ...subresourceOperations(context)];
}

function operationContext(resource: OfferedResource): OperationContext {
  const root = `${resource.group === '' ? '/api' : '/apis'}/${formatApiVersion(resource)}`;
  return {
    resource, root,
    collection: `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.resource}`,
    prefix: groupVersionName(resource),
    subject: `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`,
    tags: [groupVersionTag(resource)],
  };
}

function collectionOperations(context: OperationContext): Operation[] {
  const { resource, root, collection, prefix, subject } = context;
  const { verbs, kind } = resource;
  const object = { schema: schemaName(resource) };
  const list = { query: LIST_QUERY, produces: LIST_TYPES, answers: answersWith({ schema: `${schemaName(resource)}List` }, '200'), action: 'list' };
  return present([
    verbs.includes('list') && operation(context, { ...list, path: collection, method: 'get', id: `list${prefix}${subject}` }),
    verbs.includes('list') && resource.namespaced && operation(context, { ...list, path: `${root}/${resource.resource}`, method: 'get', id: `list${prefix}${kind}ForAllNamespaces` }),
    verbs.includes('create') && operation(context, {
      path: collection, method: 'post', id: `create${prefix}${subject}`, action: 'post', query: WRITE_QUERY, body: { ...object, required: true }, answers: answersWith(object, '200', '201', '202'),
    }),
    verbs.includes('deletecollection') && operation(context, {
      path: collection, method: 'delete', id: `delete${prefix}Collection${subject}`, action: 'deletecollection', query: DELETE_COLLECTION_QUERY,
      body: { schema: SCHEMA_NAMES.deleteOptions, required: false }, answers: answersWith({ schema: SCHEMA_NAMES.status }, '200'),
    }),
  ]);
}

function itemOperations(context: OperationContext): Operation[] {
  const { resource, collection, prefix, subject } = context;
  const path = `${collection}/{name}`;
  const { verbs } = resource;
  const object = { schema: schemaName(resource) };
  const deleted = resource.custom !== true && RETURNS_DELETED.has(resource.resource) ? object : { schema: SCHEMA_NAMES.status };
  return present([
    verbs.includes('get') && operation(context, { path, method: 'get', id: `read${prefix}${subject}`, action: 'get', query: ['pretty'], answers: answersWith(object, '200') }),
    verbs.includes('update') && operation(context, {
      path, method: 'put', id: `replace${prefix}${subject}`, action: 'put', query: WRITE_QUERY, body: { ...object, required: true }, answers: answersWith(object, '200', '201'),
    }),
    verbs.includes('patch') && operation(context, patchOf(context, { path, id: `patch${prefix}${subject}`, content: object })),
    verbs.includes('delete') && operation(context, {
      path, method: 'delete', id: `delete${prefix}${subject}`, action: 'delete', query: DELETE_QUERY, body: { schema: SCHEMA_NAMES.deleteOptions, required: false },
      answers: answersWith(deleted, '200', '202'),
    }),
  ]);
}

/** The old paths for watching; custom resources never had them. */
function watchOperations(context: OperationContext): Operation[] {
  const { resource, root, collection, prefix, subject } = context;
  if (!resource.verbs.includes('watch') || resource.custom === true) return [];
  const watched = collection.replace(root, `${root}/watch`);
  const watch = { method: 'get' as const, query: LIST_QUERY, produces: LIST_TYPES, answers: answersWith({ schema: SCHEMA_NAMES.watchEvent }, '200') };
  return present([
    operation(context, { ...watch, path: watched, id: `watch${prefix}${subject}List`, action: 'watchlist' }),
    operation(context, { ...watch, path: `${watched}/{name}`, id: `watch${prefix}${subject}`, action: 'watch' }),
    resource.namespaced && operation(context, { ...watch, path: `${root}/watch/${resource.resource}`, id: `watch${prefix}${resource.kind}ListForAllNamespaces`, action: 'watchlist' }),
  ]);
}

type OperationInit = Pick<Operation, 'path' | 'method' | 'id' | 'query' | 'answers'> & Partial<Operation>;

/** Fills what most operations of a resource have in common. */
export function operation({ resource, tags }: OperationContext, init: OperationInit): Operation {
  const kind: GroupVersionKind = { group: resource.group, kind: resource.kind, version: resource.version };
  return { tags, kind, consumes: ANY_TYPE, produces: OBJECT_TYPES, ...init };
}

export function patchOf({ resource }: OperationContext, { path, id, content }: { path: string; id: string; content: Content }): OperationInit {
  const types = resource.custom === true ? PATCH_TYPES.filter((type) => !type.includes('strategic')) : PATCH_TYPES;
  return {
    path, id, method: 'patch' satisfies HttpMethod, action: 'patch', query: PATCH_QUERY, consumes: types, body: { schema: SCHEMA_NAMES.patch, required: true },
    answers: answersWith(content, '200', '201'),
  };
}

function present<T>(values: readonly (T | false)[]): T[] {
  return values.filter((value): value is T => value !== false);
}

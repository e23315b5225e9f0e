import type { OfferedResource } from '../discovery/served-api.ts';
import { operation, operationContext, patchOf, readQuery, WRITE_QUERY, type OperationContext } from './operation-context.ts';
import { answersWith, CUSTOM_TYPES, LIST_TYPES, SCHEMA_NAMES, type Operation } from './operation.ts';
import { listSchemaName, schemaName } from './schema-name.ts';
import { subresourceOperations } from './subresource-operations.ts';

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

function collectionOperations(context: OperationContext): Operation[] {
  const { resource, root, collection, prefix, subject } = context;
  const { verbs, kind } = resource;
  const object = { schema: schemaName(resource) };
  const list = { query: LIST_QUERY, produces: resource.custom === true ? CUSTOM_TYPES : LIST_TYPES, answers: answersWith({ schema: listSchemaName(resource) }, '200'), action: 'list' };
  return present([
    verbs.includes('list') && operation(context, { ...list, path: collection, method: 'get', id: `list${prefix}${subject}` }),
    verbs.includes('list') && resource.namespaced && operation(context, { ...list, path: `${root}/${resource.resource}`, method: 'get', id: `list${prefix}${kind}ForAllNamespaces` }),
    verbs.includes('create') && operation(context, {
      path: collection, method: 'post', id: `create${prefix}${subject}`, action: 'post', query: WRITE_QUERY, body: { ...object, required: true }, answers: answersWith(object, '200', '201', '202'),
    }),
    verbs.includes('deletecollection') && operation(context, {
      path: collection, method: 'delete', id: `delete${prefix}Collection${subject}`, action: 'deletecollection',
      ...(resource.custom === true ? { query: LIST_QUERY } : { query: DELETE_COLLECTION_QUERY, body: { schema: SCHEMA_NAMES.deleteOptions, required: false } }), answers: answersWith({ schema: SCHEMA_NAMES.status }, '200'),
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
    verbs.includes('get') && operation(context, { path, method: 'get', id: `read${prefix}${subject}`, action: 'get', query: readQuery(resource), answers: answersWith(object, '200') }),
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

function present<T>(values: readonly (T | false)[]): T[] {
  return values.filter((value): value is T => value !== false);
}

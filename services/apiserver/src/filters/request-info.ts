import { internalErrorWithoutReason } from '@kubernode/apimachinery';
import type { RequestInfo } from '../pipeline/api-request.ts';

const VERB_OF_METHOD: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** Old paths whose first part is the verb: /api/v1/watch/namespaces/NS/pods. */
const PATH_VERBS: ReadonlySet<string> = new Set(['proxy', 'watch']);
/** The paths below a namespace that belong to the namespace itself, not to a resource in it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/** What a method and path mean. The rules are Kubernetes': authorization and metrics of every request hang on them. */
export function requestInfoOf(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = splitPath(path);
  const [apiPrefix = ''] = parts;
  const grouped = apiPrefix === 'apis';
  if (parts.length < (grouped ? 4 : 3) || (!grouped && apiPrefix !== 'api')) return nonResource(method, path, grouped && parts.length === 3 ? { apiPrefix, group: parts[1] ?? '' } : {});
  return resourceInfo({ method, path, query, apiPrefix, group: grouped ? parts[1] ?? '' : '', version: parts[grouped ? 2 : 1] ?? '', parts: parts.slice(grouped ? 3 : 2) });
}

/** The parts between slashes, leading and trailing slashes left out: `/a//b/` → a, '', b. */
function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === 0x2f) start++;
  while (end > start && path.charCodeAt(end - 1) === 0x2f) end--;
  return start === end ? [] : path.slice(start, end).split('/');
}

function nonResource(method: string, path: string, known: Partial<RequestInfo>): RequestInfo {
  return { isResourceRequest: false, path, verb: method.toLowerCase(), apiPrefix: '', group: '', version: '', namespace: '', resource: '', subresource: '', name: '', rest: [], ...known };
}

interface ResourceParts { method: string; path: string; query: URLSearchParams; apiPrefix: string; group: string; version: string; parts: string[] }

function resourceInfo({ method, path, query, apiPrefix, group, version, parts }: ResourceParts): RequestInfo {
  let verb = VERB_OF_METHOD[method] ?? '';
  if (PATH_VERBS.has(parts[0] ?? '')) {
    if (parts.length < 2) throw internalErrorWithoutReason(`unable to determine kind and namespace from url, ${path}`);
    verb = parts.shift() ?? '';
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? '';
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '')) parts = parts.slice(2);
  }
  const [resource = '', name = '', third = '', ...rest] = parts;
  const hasNone = PATH_VERBS.has(verb);
  const info: RequestInfo = { isResourceRequest: true, path, verb, apiPrefix, group, version, namespace, resource, subresource: hasNone ? '' : third, name, rest: hasNone && third !== '' ? [third, ...rest] : rest };
  if (name === '') applyCollectionVerb(info, query);
  return info;
}

/** get of a collection is list or watch; delete of one is deletecollection; a field selector for one name names it. */
function applyCollectionVerb(info: RequestInfo, query: URLSearchParams): void {
  if (info.verb === 'delete') info.verb = 'deletecollection';
  if (info.verb === 'get') info.verb = wantsWatch(query) ? 'watch' : 'list';
  if (info.verb !== 'list' && info.verb !== 'watch' && info.verb !== 'deletecollection') return;
  const name = selectedName(query.get('fieldSelector'));
  if (name !== undefined) info.name = name;
}

/** Anything but `0` and `false` counts as true, also nothing at all. */
export function wantsWatch(query: URLSearchParams): boolean {
  return isTrue(query.get('watch'));
}

export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** `metadata.name=x` in a field selector, when it can be part of a path. */
function selectedName(selector: string | null): string | undefined {
  if (selector === null || !selector.includes('metadata.name')) return undefined;
  for (const term of selector.split(',')) {
    const [, name] = /^\s*metadata\.name\s*==?\s*([^=!]*?)\s*$/.exec(term) ?? [];
    if (name !== undefined && name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)) return name;
  }
  return undefined;
}

const LONG_RUNNING_SUBRESOURCES: ReadonlySet<string> = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Requests that may last: watches, streams. They are exempt from time limits and from counting as in flight. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.verb === 'watch' || info.verb === 'proxy' || (info.isResourceRequest && LONG_RUNNING_SUBRESOURCES.has(info.subresource)) || info.path.startsWith('/debug/pprof/');
}

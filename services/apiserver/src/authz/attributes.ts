import type { ApiRequest, AuthorizationAttributes, RequestInfo, UserInfo } from '../pipeline/api-request.ts';

/** What a request asks to be allowed. Selectors count for reads of several objects and for deletions of them. */
export function authorizationAttributes(request: Pick<ApiRequest, 'query'>, info: RequestInfo, user: UserInfo): AuthorizationAttributes {
  const selects = info.isResourceRequest && SELECTING_VERBS.has(info.verb);
  const fieldSelector = selects ? request.query.get('fieldSelector') ?? '' : '';
  const labelSelector = selects ? request.query.get('labelSelector') ?? '' : '';
  return {
    user, verb: info.verb, group: info.group, version: info.version, resource: info.resource, subresource: info.subresource,
    namespace: info.namespace, name: info.name, path: info.path, isResourceRequest: info.isResourceRequest,
    ...(fieldSelector !== '' && { fieldSelector }), ...(labelSelector !== '' && { labelSelector }),
  };
}

const SELECTING_VERBS: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

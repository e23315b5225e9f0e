import { formatGroupResource, StatusError } from '@kubernode/apimachinery';
import type { ApiRequest, AuthorizationAttributes, Authorizer, Filter, RequestInfo, UserInfo } from '../pipeline/api-request.ts';

/** Lets through what the user may do; everything else is 403, whether it exists or not. */
export function withAuthorization({ authorizer }: { authorizer: Authorizer }): Filter {
  return (next) => (request, context) => {
    const attributes = attributesOf(request, context.info, context.user);
    const { verdict, reason } = authorizer.authorize(attributes);
    if (verdict !== 'allow') throw forbiddenRequest(attributes, reason);
    return next(request, context);
  };
}

export function attributesOf(request: Pick<ApiRequest, 'query'>, info: RequestInfo, user: UserInfo): AuthorizationAttributes {
  const { verb, group, version, resource, subresource, namespace, name, path, isResourceRequest } = info;
  const selective = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  const fieldSelector = selective ? request.query.get('fieldSelector') : null;
  const labelSelector = selective ? request.query.get('labelSelector') : null;
  return {
    user, verb, group, version, resource, subresource, namespace, name, path, isResourceRequest,
    ...(fieldSelector !== null && { fieldSelector }), ...(labelSelector !== null && { labelSelector }),
  };
}

/** The 403 that says who may not do what; the authorizer's reason behind it. */
export function forbiddenRequest(attributes: AuthorizationAttributes, reason: string): StatusError {
  const { group, resource, name, isResourceRequest } = attributes;
  const why = `${describe(attributes)}${reason === '' ? '' : `: ${reason}`}`;
  const what = !isResourceRequest ? 'forbidden' : name === '' ? `${formatGroupResource({ group, resource })} is forbidden` : `${formatGroupResource({ group, resource })} "${name}" is forbidden`;
  const details = isResourceRequest ? { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: resource } : {};
  return new StatusError({ code: 403, reason: 'Forbidden', message: `${what}: ${why}`, details });
}

function describe({ user, verb, group, resource, subresource, namespace, path, isResourceRequest }: AuthorizationAttributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!isResourceRequest) return `${who} path ${JSON.stringify(path)}`;
  const what = `${who} resource ${JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`)} in API group ${JSON.stringify(group)}`;
  return namespace === '' ? `${what} at the cluster scope` : `${what} in the namespace ${JSON.stringify(namespace)}`;
}

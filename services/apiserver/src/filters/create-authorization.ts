import { authorizationAttributes } from '../authz/attributes.ts';
import { forbiddenRequest } from '../authz/forbidden.ts';
import type { ApiRequest, Authorizer, RequestContext } from '../pipeline/api-request.ts';

/** For writes that create what is missing (PUT of some kinds, apply): the right to write is not the right to create. */
export function createAuthorization(authorizer: Authorizer): (request: ApiRequest, context: RequestContext) => void {
  return (request, { info, user }) => {
    const attributes = authorizationAttributes(request, { ...info, verb: 'create' }, user);
    const { verdict, reason } = authorizer.authorize(attributes);
    if (verdict !== 'allow') throw forbiddenRequest(attributes, reason);
  };
}

/** Why the user may not create what the request names; undefined when they may. */
export function reasonAgainstCreate(authorizer: Authorizer): (request: ApiRequest, context: RequestContext) => string | undefined {
  return (request, { info, user }) => {
    const { verdict, reason } = authorizer.authorize(authorizationAttributes(request, { ...info, verb: 'create' }, user));
    return verdict === 'allow' ? undefined : reason;
  };
}

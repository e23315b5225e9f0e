import { authorizationAttributes } from '../authz/attributes.ts';
import { demandAllowed } from '../authz/forbidden.ts';
import type { ApiRequest, Authorizer, RequestContext } from '../pipeline/api-request.ts';

/** For writes that create what is missing (PUT of some kinds, apply): the right to write is not the right to create. */
export function createAuthorization(authorizer: Authorizer): (request: ApiRequest, context: RequestContext) => Promise<void> {
  return async (request, { info, user }) => {
    const attributes = authorizationAttributes(request, { ...info, verb: 'create' }, user);
    demandAllowed(await authorizer.authorize(attributes), attributes);
  };
}

/** Why the user may not create what the request names; undefined when they may. */
export function reasonAgainstCreate(authorizer: Authorizer): (request: ApiRequest, context: RequestContext) => Promise<string | undefined> {
  return async (request, { info, user }) => {
    const { verdict, reason } = await authorizer.authorize(authorizationAttributes(request, { ...info, verb: 'create' }, user));
    return verdict === 'allow' ? undefined : reason;
  };
}

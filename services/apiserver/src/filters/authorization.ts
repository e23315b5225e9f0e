import { authorizationAttributes } from '../authz/attributes.ts';
import { forbiddenRequest } from '../authz/forbidden.ts';
import type { Authorizer, Filter } from '../pipeline/api-request.ts';

/** Lets through what the user may do; everything else is 403, whether it exists or not. */
export function withAuthorization({ authorizer }: { authorizer: Authorizer }): Filter {
  return (next) => (request, context) => {
    const attributes = authorizationAttributes(request, context.info, context.user);
    const { verdict, reason } = authorizer.authorize(attributes);
    if (verdict !== 'allow') throw forbiddenRequest(attributes, reason);
    return next(request, context);
  };
}

import { authorizationAttributes } from '../authz/attributes.ts';
import { demandAllowed } from '../authz/forbidden.ts';
import type { Authorizer, Filter } from '../pipeline/api-request.ts';

/** Lets through what the user may do; everything else is 403, whether it exists or not. */
export function withAuthorization({ authorizer }: { authorizer: Authorizer }): Filter {
  return (next) => (request, context) => {
    const attributes = authorizationAttributes(request, context.info, context.user);
    const decision = authorizer.authorize(attributes);
    if (!(decision instanceof Promise)) { demandAllowed(decision, attributes); return next(request, context); } // most are answered at once
    return decision.then((late) => { demandAllowed(late, attributes); return next(request, context); });
  };
}

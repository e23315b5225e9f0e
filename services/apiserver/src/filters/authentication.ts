import { unauthorized } from '@kubernode/apimachinery';
import { ANONYMOUS_USER } from '../authn/authenticated-group.ts';
import type { AnonymousAccess } from '../authn/anonymous.ts';
import type { RequestCounts } from '../authn/request-counts.ts';
import type { Authenticator, Filter } from '../pipeline/api-request.ts';

export interface AuthenticationFilterOptions { authenticator: Authenticator; anonymous: Pick<AnonymousAccess, 'allows'>; counts: Pick<RequestCounts, 'authenticated' | 'refused'> }

/** Finds out who asks. Without credentials it is the anonymous user where that is allowed; wrong credentials are always refused. */
export function withAuthentication({ authenticator, anonymous, counts }: AuthenticationFilterOptions): Filter {
  return (next) => async (request, context) => {
    const user = await authenticator.authenticate(request, context).catch((error: unknown) => { counts.refused('error'); throw error; })
      ?? (anonymous.allows(request.path) ? ANONYMOUS_USER : undefined);
    if (user === undefined) { counts.refused('failure'); throw unauthorized(); }
    counts.authenticated(user.name);
    context.user = user;
    return next(request, context);
  };
}

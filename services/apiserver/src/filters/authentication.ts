import { unauthorized } from '@kubernode/apimachinery';
import { ANONYMOUS_USER } from '../authn/authenticated-group.ts';
import type { AnonymousAccess } from '../authn/anonymous.ts';
import type { RequestCounts } from '../authn/request-counts.ts';
import type { ApiRequest, Authenticator, Filter, RequestContext, UserInfo } from '../pipeline/api-request.ts';

export interface AuthenticationFilterOptions { authenticator: Authenticator; anonymous: Pick<AnonymousAccess, 'allows'>; counts: Pick<RequestCounts, 'authenticated' | 'refused'> }

/** Finds out who asks. Without credentials it is the anonymous user where that is allowed; wrong credentials are always refused. */
export function withAuthentication({ authenticator, anonymous, counts }: AuthenticationFilterOptions): Filter {
  const enter = (found: UserInfo | undefined, request: ApiRequest, context: RequestContext): void => {
    const user = found ?? (anonymous.allows(request.path) ? ANONYMOUS_USER : undefined);
    if (user === undefined) { counts.refused('failure'); throw unauthorized(); }
    counts.authenticated(user.name);
    context.user = user;
  };
  const refused = (error: unknown): never => { counts.refused('error'); throw error; };
  return (next) => (request, context) => {
    const known = authenticator.known?.(request, context) ?? 'ask';
    if (known === 'ask') return authenticator.authenticate(request, context).then((user) => { enter(user, request, context); return next(request, context); }, refused);
    enter(known === 'nobody' ? undefined : known, request, context);
    return next(request, context);
  };
}

import { unauthorized } from '@kubernode/apimachinery';
import type { Authenticator, Filter, UserInfo } from '../pipeline/api-request.ts';

const ANONYMOUS: UserInfo = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'], extra: {} };

/** Finds out who asks. Without credentials it is the anonymous user where that is allowed; wrong credentials are always refused. */
export function withAuthentication({ authenticator, anonymous }: { authenticator: Authenticator; anonymous: boolean }): Filter {
  return (next) => async (request, context) => {
    const user = await authenticator.authenticate(request, context);
    if (user === undefined && !anonymous) throw unauthorized();
    context.user = user ?? ANONYMOUS;
    return next(request, context);
  };
}

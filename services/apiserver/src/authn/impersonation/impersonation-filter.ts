import { assert } from '@kubernode/base';
import { StatusError } from '@kubernode/apimachinery';
import type { ApiRequest, AuthorizationAttributes, Authorizer, Filter, RequestContext, UserInfo } from '../../pipeline/api-request.ts';
import { authorizationAttributes } from '../../authz/attributes.ts';
import { attemptImpersonation } from './impersonate.ts';
import { MODES, type ModeName } from './impersonation-modes.ts';
import { requestedUser } from './requested-user.ts';

/** Users for whom the mode that worked last is remembered. */
const REMEMBERED_USERS_MAX = 10_000;

/** Lets a user act as another, named by Impersonate-* headers, when a mode of impersonation allows it. Comes before authorization. */
export function withImpersonation({ authorizer }: { authorizer: Authorizer }): Filter {
  const lastMode = new Map<string, ModeName>();
  const impersonate = async (wanted: UserInfo, request: ApiRequest, context: RequestContext): Promise<void> => {
    const attributes = authorizationAttributes(request, context.info, context.user);
    const { user, mode } = await impersonatedUser(wanted, { attributes, authorizer, first: lastMode.get(context.user.name) });
    remember(lastMode, context.user.name, mode);
    context.user = user;
    context.audit?.impersonated(user, mode === 'legacy' ? '' : `impersonate:${mode}`);
  };
  return (next) => (request, context) => {
    const wanted = requestedUser(request);
    return wanted === undefined ? next(request, context) : impersonate(wanted, request, context).then(() => next(request, context));
  };
}

/** Tries the mode that worked last, then the others. When none works, the refusal of the first that was tried is told. */
export async function impersonatedUser(wanted: UserInfo, { attributes, authorizer, first }: { attributes: AuthorizationAttributes; authorizer: Authorizer; first: ModeName | undefined }): Promise<{ user: UserInfo; mode: ModeName }> {
  let refusal: StatusError | undefined;
  for (const mode of first === undefined ? MODES : [first, ...MODES.filter((other) => other !== first)]) {
    const user = await attemptImpersonation({ mode, wanted, attributes, authorizer });
    if (user instanceof StatusError) refusal ??= user;
    else if (user !== undefined) return { user, mode };
  }
  assert(refusal !== undefined, 'the legacy mode of impersonation is for every user');
  throw refusal;
}

function remember(lastMode: Map<string, ModeName>, name: string, mode: ModeName): void {
  if (lastMode.get(name) === mode) return;
  const [oldest] = lastMode.keys();
  if (lastMode.size >= REMEMBERED_USERS_MAX && oldest !== undefined) lastMode.delete(oldest);
  lastMode.set(name, mode);
}

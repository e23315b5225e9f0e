import { authorizationAttributes } from '../authz/attributes.ts';
import type { RequestCounts } from '../authn/request-counts.ts';
import { demandAllowed } from '../authz/forbidden.ts';
import type { Authorizer, AuthorizationAttributes, Decision, Filter, RequestContext } from '../pipeline/api-request.ts';

/** Lets through what the user may do; everything else is 403, whether it exists or not. */
export function withAuthorization({ authorizer, counts }: { authorizer: Authorizer; counts: Pick<RequestCounts, 'authorized'> }): Filter {
  const demand = (decision: Decision, attributes: AuthorizationAttributes, { audit, auditAnnotations, course }: RequestContext): void => {
    counts.authorized(decision);
    if (audit !== undefined) noteDecision(auditAnnotations, decision);
    demandAllowed(decision, attributes);
    if (course !== undefined) course.enteredMs = course.now();
  };
  return (next) => (request, context) => {
    const attributes = authorizationAttributes(request, context.info, context.user);
    const decision = authorizer.authorize(attributes);
    if (!(decision instanceof Promise)) { demand(decision, attributes, context); return next(request, context); } // most are answered at once
    return decision.then((late) => { demand(late, attributes, context); return next(request, context); });
  };
}

/** The audit tells by what right a request went on, or that none was found. */
function noteDecision(annotations: Record<string, string>, { verdict, reason, error }: Decision): void {
  const failed = verdict !== 'allow' && error !== undefined;
  if (!failed) annotations['authorization.k8s.io/decision'] = verdict === 'allow' ? 'allow' : 'forbid';
  annotations['authorization.k8s.io/reason'] = failed ? 'internal error' : reason;
}

import type { AuthorizationAttributes, Authorizer, Decision } from '../pipeline/api-request.ts';

const ALLOWED: Decision = { verdict: 'allow', reason: '' };
const DENIED: Decision = { verdict: 'noOpinion', reason: 'Everything is forbidden.' };
const PRIVILEGED_GROUP = 'system:masters';

/** Asks one after the other until one allows or denies. When none does, their reasons are told together. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return { authorize: (attributes) => ask(authorizers, attributes) };
}

/** Members of system:masters may do everything, whatever else is configured: the way back in when policy is broken. */
export const privilegedGroupAuthorizer: Authorizer = {
  authorize: ({ user }) => (user.groups.includes(PRIVILEGED_GROUP) ? ALLOWED : { verdict: 'noOpinion', reason: '' }),
};

export const alwaysAllowAuthorizer: Authorizer = { authorize: () => ALLOWED };
export const alwaysDenyAuthorizer: Authorizer = { authorize: () => DENIED };

function ask(authorizers: readonly Authorizer[], attributes: AuthorizationAttributes): Decision {
  let reasons = '';
  for (const authorizer of authorizers) {
    const decision = authorizer.authorize(attributes);
    if (decision.verdict !== 'noOpinion') return decision;
    if (decision.reason !== '') reasons = reasons === '' ? decision.reason : `${reasons}\n${decision.reason}`;
  }
  return { verdict: 'noOpinion', reason: reasons };
}

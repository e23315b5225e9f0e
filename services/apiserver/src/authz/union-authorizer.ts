import type { AuthorizationAttributes, Authorizer, Decision, LocalAuthorizer } from '../pipeline/api-request.ts';

const ALLOWED: Decision = { verdict: 'allow', reason: '' };
const DENIED: Decision = { verdict: 'noOpinion', reason: 'Everything is forbidden.' };
const NO_OPINION: Decision = { verdict: 'noOpinion', reason: '' };
const PRIVILEGED_GROUP = 'system:masters';

/** Asks one after the other until one allows or denies. When none does, their reasons are told together. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return { authorize: (attributes) => ask(authorizers, attributes) };
}

/** Members of system:masters may do everything, whatever else is configured: the way back in when policy is broken. */
export const privilegedGroupAuthorizer: LocalAuthorizer = {
  authorize: ({ user }) => (user.groups.includes(PRIVILEGED_GROUP) ? ALLOWED : { verdict: 'noOpinion', reason: '' }),
};

export const alwaysAllowAuthorizer: LocalAuthorizer = { authorize: () => ALLOWED };
export const alwaysDenyAuthorizer: LocalAuthorizer = { authorize: () => DENIED };

/** Stays synchronous as long as every authorizer that is asked does. */
function ask(authorizers: readonly Authorizer[], attributes: AuthorizationAttributes, from = 0, before: Decision = NO_OPINION): Decision | Promise<Decision> {
  let heard = before;
  for (let i = from; i < authorizers.length; i++) {
    const decision = authorizers[i]?.authorize(attributes) ?? NO_OPINION;
    if (decision instanceof Promise) return decision.then((late) => (late.verdict === 'noOpinion' ? ask(authorizers, attributes, i + 1, joined(heard, late)) : late));
    if (decision.verdict !== 'noOpinion') return decision;
    heard = joined(heard, decision);
  }
  return heard;
}

function joined(heard: Decision, late: Decision): Decision {
  if (late.reason === '' && late.error === undefined) return heard;
  const error = [heard.error, late.error].filter((text) => text !== undefined).join(', ');
  return { verdict: 'noOpinion', reason: [heard.reason, late.reason].filter((text) => text !== '').join('\n'), ...(error !== '' && { error }) };
}

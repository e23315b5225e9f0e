import type { AuthorizationAttributes, Authorizer, Decision } from '../pipeline/api-request.ts';
import { unionAuthorizer } from './union-authorizer.ts';

const attributes: AuthorizationAttributes = { user: { name: 'u', uid: '', groups: [], extra: {} }, verb: 'get', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: '', name: '', path: '', isResourceRequest: true };
const now = (decision: Decision): Authorizer => ({ authorize: () => decision });
const late = (decision: Decision): Authorizer => ({ authorize: () => Promise.resolve(decision) });
const silent: Decision = { verdict: 'noOpinion', reason: '' };

describe('unionAuthorizer', () => {
  it.each<[string, Authorizer[], Decision]>([
    ['the first that allows', [now(silent), now({ verdict: 'allow', reason: 'a' }), now({ verdict: 'deny', reason: 'd' })], { verdict: 'allow', reason: 'a' }],
    ['the first that denies', [late({ verdict: 'deny', reason: 'd' }), now({ verdict: 'allow', reason: 'a' })], { verdict: 'deny', reason: 'd' }],
    ['one behind a slow one', [late(silent), now({ verdict: 'allow', reason: 'a' })], { verdict: 'allow', reason: 'a' }],
    ['a slow one behind a slow one', [late({ verdict: 'noOpinion', reason: 'x' }), late({ verdict: 'noOpinion', reason: 'y', error: 'e' })], { verdict: 'noOpinion', reason: 'x\ny', error: 'e' }],
    ['all reasons', [now({ verdict: 'noOpinion', reason: 'x' }), now(silent), now({ verdict: 'noOpinion', reason: 'y' })], { verdict: 'noOpinion', reason: 'x\ny' }],
  ])('tells %s', async (_name, authorizers, expected) => {
    expect(await unionAuthorizer(authorizers).authorize(attributes)).toEqual(expected);
  });

  it('answers at once when nobody has to be waited for', () => {
    expect(unionAuthorizer([now(silent), now({ verdict: 'allow', reason: '' }), late(silent)]).authorize(attributes)).toEqual({ verdict: 'allow', reason: '' });
  });
});

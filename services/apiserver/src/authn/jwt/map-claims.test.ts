import type { Expression } from '../expression.ts';
import type { CompiledExpressions } from './compile-jwt-config.ts';
import type { JwtAuthenticatorConfig } from './jwt-config.ts';
import { userOfClaims } from './map-claims.ts';

const config = (change: Partial<JwtAuthenticatorConfig> = {}): JwtAuthenticatorConfig => ({
  issuer: { url: 'https://i', audiences: ['a'] }, claimValidationRules: [], userValidationRules: [],
  claimMappings: { username: { claim: 'sub', prefix: 'p:' }, groups: { claim: 'groups', prefix: 'g:' }, uid: { claim: 'id' } }, ...change,
});
const none: CompiledExpressions = { claimRules: [], extra: [], userRules: [] };
const valueOf = (evaluate: Expression['evaluate']): Expression => ({ evaluate });
const good = { sub: 'eve', id: '7' };

function judge(claims: object, one: JwtAuthenticatorConfig = config(), expressions: CompiledExpressions = none): unknown {
  try { return userOfClaims(claims as Record<string, unknown>, one, expressions); } catch (error) { return String(error); }
}

describe('userOfClaims', () => {
  it.each<[string, object, unknown]>([
    ['prefixes', { ...good, groups: ['a', 'b'] }, { name: 'p:eve', uid: '7', groups: ['g:a', 'g:b'], extra: {} }],
    ['a single group', { ...good, groups: 'a', jti: 'x' }, { name: 'p:eve', uid: '7', groups: ['g:a'], extra: { 'authentication.kubernetes.io/credential-id': ['JTI=x'] } }],
    ['no groups', good, { name: 'p:eve', uid: '7', groups: [], extra: {} }],
    ['a missing name', { id: '7' }, 'Error: oidc: parse username claims "sub": claim not present'],
    ['a name that is no text', { ...good, sub: 5 }, 'Error: oidc: parse username claims "sub": json: cannot unmarshal number into Go value of type string'],
    ['groups that are no texts', { ...good, groups: [1] }, 'Error: oidc: parse groups claim "groups": json: cannot unmarshal array into Go value of type string'],
    ['a missing uid', { sub: 'eve' }, 'Error: oidc: parse uid claim "id": claim not present'],
  ])('reads %s', (_name, claims, expected) => {
    expect(judge(claims)).toEqual(expected);
  });

  it('believes addresses that are verified, or of which nothing is said', () => {
    const byEmail = config({ claimMappings: { username: { claim: 'email', prefix: '' } } });
    expect([judge({ email: 'e@x' }, byEmail), judge({ email: 'e@x', email_verified: true }, byEmail)]).toEqual([expect.objectContaining({ name: 'e@x' }), expect.objectContaining({ name: 'e@x' })]);
    expect(judge({ email: 'e@x', email_verified: false }, byEmail)).toBe('Error: oidc: email not verified');
    expect(judge({ email: 'e@x', email_verified: 'yes' }, byEmail)).toBe("Error: oidc: parse 'email_verified' claim: json: cannot unmarshal string into Go value of type bool");
  });

  it('takes what expressions give, and heeds their rules', () => {
    const expressions: CompiledExpressions = {
      claimRules: [{ expression: valueOf((claims) => (claims as { tenant?: string }).tenant === 't'), source: 'claims.tenant == "t"', message: 'wrong tenant' }],
      username: valueOf((claims) => `x:${(claims as { sub: string }).sub}`), groups: valueOf(() => ['a', '', 'b']), uid: valueOf(() => 'u'), extra: [{ key: 'a.b/c', expression: valueOf(() => 'v') }, { key: 'a.b/d', expression: valueOf(() => '') }],
      userRules: [{ expression: valueOf((user) => (user as { username: string }).username !== 'x:mallory'), source: 'user.username != "x:mallory"', message: '' }],
    };
    const mapped = config({ claimMappings: { username: {} } });
    expect(judge({ sub: 'eve', tenant: 't' }, mapped, expressions)).toEqual({ name: 'x:eve', uid: 'u', groups: ['a', 'b'], extra: { 'a.b/c': ['v'] } });
    expect(judge({ sub: 'eve' }, mapped, expressions)).toBe('Error: oidc: error evaluating claim validation expression: validation expression \'claims.tenant == "t"\' failed: wrong tenant');
    expect(judge({ sub: 'mallory', tenant: 't' }, mapped, expressions)).toBe('Error: oidc: error evaluating user info validation rule: validation expression \'user.username != "x:mallory"\' failed: ');
    expect(judge({ sub: 'eve' }, mapped, { ...none, username: valueOf(() => '') })).toBe('Error: oidc: empty username via CEL expression is not allowed');
    expect(judge({ sub: 'eve' }, mapped, { ...none, username: valueOf(() => 1) })).toBe('Error: oidc: error evaluating username claim expression: username claim expression must return a string');
    expect(judge({ sub: 'eve' }, mapped, { ...none, username: valueOf(() => 'n'), groups: valueOf(() => [1]) })).toBe('Error: oidc: error evaluating group claim expression: expression must return a string or a list of strings');
  });
});

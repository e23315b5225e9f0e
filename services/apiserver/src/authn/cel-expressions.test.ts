import { celExpressions } from './cel-expressions.ts';
import type { ExpressionUse } from './expression.ts';

const claims = { sub: 'eve', roles: ['admin', 'dev'], nested: { tenant: 't' }, email: 'e@x', age: 7 };
const user = { username: 'eve', uid: '', groups: ['a'], extra: { 'a.b/c': ['v'] } };
const request = { user: 'eve', uid: '', groups: ['a'], extra: {}, resourceAttributes: { namespace: 'ns', verb: 'list', group: '', version: 'v1', resource: 'pods', subresource: '', name: '', labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }] } } };

function run(source: string, use: ExpressionUse, variable: unknown): unknown {
  try { return celExpressions.compile(source, use).evaluate(variable); } catch (error) { return String(error); }
}

describe('celExpressions', () => {
  it.each<[string, ExpressionUse, unknown, unknown]>([
    ['"oidc:" + claims.sub', 'claimMapping', claims, 'oidc:eve'],
    ['claims.roles.filter(r, r != "dev")', 'claimMapping', claims, ['admin']],
    ['claims.?missing.orValue("none")', 'claimMapping', claims, 'none'],
    ['claims.nested.tenant == "t" && claims.age > 3', 'claimRule', claims, true],
    ['claims.missing', 'claimMapping', claims, 'Error: no such key: missing'],
    ['!user.username.startsWith("system:") && user.groups.all(g, g != "b") && "a.b/c" in user.extra', 'userRule', user, true],
    ['request.resourceAttributes.namespace == "ns" && request.resourceAttributes.labelSelector.requirements.exists(r, r.values == ["b"])', 'matchCondition', request, true],
    ['has(request.nonResourceAttributes)', 'matchCondition', request, false],
    ['!has(request.resourceAttributes.fieldSelector)', 'matchCondition', request, true],
    ['claims.sub', 'claimRule', claims, 'Error: must evaluate to bool'],
    ['request.user', 'matchCondition', request, 'Error: must evaluate to bool but got string'],
    ['user.groups', 'claimMapping', claims, expect.stringContaining("compilation failed: ERROR: <input>:1:1: undeclared reference to 'user'")],
    ['request.nope == ""', 'matchCondition', request, expect.stringContaining("undefined field 'nope'")],
    ['claims.', 'claimMapping', claims, expect.stringContaining('compilation failed: ERROR: <input>:1:')],
  ])('evaluates %s', (source, use, variable, expected) => {
    expect(run(source, use, variable)).toEqual(expected);
  });
});

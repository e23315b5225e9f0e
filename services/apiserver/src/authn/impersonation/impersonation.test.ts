import { StatusError } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, UserInfo } from '../../pipeline/api-request.ts';
import { impersonatedUser } from './impersonation-filter.ts';
import type { ModeName } from './impersonation-modes.ts';
import { requestedUser } from './requested-user.ts';

const alice: UserInfo = { name: 'alice', uid: '', groups: [], extra: {} };
const request: AuthorizationAttributes = { user: alice, verb: 'list', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'ns', name: '', path: '', isResourceRequest: true };
const user = (name: string, more: Partial<UserInfo> = {}): UserInfo => ({ name, uid: '', groups: [], extra: {}, ...more });

/** Rights as `verb resource[/subresource] name`. */
async function attempt(wanted: UserInfo, rights: string[], { first, requestor = alice }: { first?: ModeName; requestor?: UserInfo } = {}): Promise<string> {
  const authorizer = {
    authorize: ({ verb, resource, subresource, name }: AuthorizationAttributes) => {
      const asked = `${verb} ${subresource === '' ? resource : `${resource}/${subresource}`} ${name}`;
      return { verdict: rights.some((right) => right === asked || right === '*') ? 'allow' as const : 'noOpinion' as const, reason: '' };
    },
  };
  try {
    const { user: { name, groups }, mode } = await impersonatedUser(wanted, { attributes: { ...request, user: requestor }, authorizer, first });
    return `${mode}: ${name} [${groups.join(' ')}]`;
  } catch (error) {
    return error instanceof StatusError ? error.message : String(error);
  }
}

describe('impersonatedUser', () => {
  const onPods = 'impersonate-on:user-info:list pods ';
  it.each<[string, UserInfo, string[], string]>([
    ['by the old right', user('carol'), ['impersonate users carol'], 'legacy: carol [system:authenticated]'],
    ['as a group, too', user('carol', { groups: ['one'] }), ['impersonate users carol', 'impersonate groups one'], 'legacy: carol [one system:authenticated]'],
    ['as anonymous', user('system:anonymous'), ['*'], 'user-info: system:anonymous [system:unauthenticated]'],
    ['as a group that says enough', user('carol', { groups: ['system:unauthenticated'] }), ['*'], 'user-info: carol [system:unauthenticated]'],
    ['for one action', user('carol'), [onPods, 'impersonate:user-info users carol'], 'user-info: carol [system:authenticated]'],
    ['without the action', user('carol'), ['impersonate:user-info users carol'], 'pods is forbidden: User "alice" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "ns"'],
    ['without the user', user('dave'), [onPods], 'users.authentication.k8s.io "dave" is forbidden: User "alice" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope'],
    ['with every right as masters', user('carol', { groups: ['system:masters'] }), ['*'], 'legacy: carol [system:masters system:authenticated]'],
    ['many groups by one right', user('carol', { groups: ['a', 'b', 'c', 'd'] }), [onPods, 'impersonate:user-info users carol', 'impersonate:user-info groups *'], 'user-info: carol [a b c d system:authenticated]'],
    ['as a service account', user('system:serviceaccount:ns:app'), ['impersonate-on:serviceaccount:list pods ', 'impersonate:serviceaccount serviceaccounts app'], 'serviceaccount: system:serviceaccount:ns:app [system:serviceaccounts system:serviceaccounts:ns system:authenticated]'],
    ['as a node', user('system:node:n'), ['impersonate-on:arbitrary-node:list pods ', 'impersonate:arbitrary-node nodes n'], 'arbitrary-node: system:node:n [system:nodes system:authenticated]'],
    ['as a node the old way', user('system:node:n'), ['impersonate users system:node:n'], 'legacy: system:node:n [system:authenticated]'],
    ['with a key of extra that has no domain', user('carol', { extra: { scopes: ['view'] } }), [onPods, 'impersonate:user-info users carol'], `userextras.authentication.k8s.io is forbidden: User "alice" cannot impersonate:user-info resource "userextras" in API group "authentication.k8s.io" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scopes": must be a domain-prefixed path (such as "acme.io/foo")`],
    ['with extra', user('carol', { extra: { scopes: ['view'] } }), ['impersonate users carol', 'impersonate userextras/scopes view'], 'legacy: carol [system:authenticated]'],
  ])('judges %s', async (_name, wanted, rights, expected) => {
    expect(await attempt(wanted, rights)).toBe(expected);
  });

  it('lets an agent on a node act as that node', async () => {
    const agent = user('system:serviceaccount:kube-system:agent', { extra: { 'authentication.kubernetes.io/node-name': ['n'] } });
    const rights = ['impersonate-on:associated-node:list pods ', 'impersonate:associated-node nodes *'];
    expect(await attempt(user('system:node:n'), rights, { requestor: agent })).toBe('associated-node: system:node:n [system:nodes system:authenticated]');
    expect(await attempt(user('system:node:m'), rights, { requestor: agent })).toMatch(/cannot impersonate-on:arbitrary-node:list/);
  });

  it('tells the refusal of the mode that worked last', async () => {
    expect(await attempt(user('dave'), [], { first: 'legacy' })).toBe('users "dave" is forbidden: User "alice" cannot impersonate resource "users" in API group "" at the cluster scope');
  });
});

describe('requestedUser', () => {
  it('reads headers, with repeated ones told apart', () => {
    const headers = { 'impersonate-user': 'carol', 'impersonate-uid': 'u', 'impersonate-group': 'a, b, c', 'impersonate-extra-acme.com%2fproject': 'p', 'impersonate-extra-bad%zz': 'q' };
    const values: Record<string, string[]> = { 'impersonate-group': ['a, b', 'c'] };
    expect(requestedUser({ headers, headerValues: (name) => values[name] ?? [headers[name as keyof typeof headers]] })).toEqual({ // the names asked for are in headers
      name: 'carol', uid: 'u', groups: ['a, b', 'c'], extra: { 'acme.com/project': ['p'], 'bad%zz': ['q'] },
    });
    expect(requestedUser({ headers })?.groups).toEqual(['a', 'b', 'c']);
    expect(requestedUser({ headers: { 'impersonate-user': 'bob, carl' }, headerValues: () => ['bob', 'carl'] })?.name).toBe('bob');
  });

  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ 'impersonate-user': '' }, undefined],
    [{ 'impersonate-group': 'one' }, 'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"one"}, Extra:map[string][]string(nil)} without impersonating a user name'],
    [{ 'impersonate-uid': 'u' }, 'requested &user.DefaultInfo{Name:"", UID:"u", Groups:[]string(nil), Extra:map[string][]string(nil)} without impersonating a user name'],
    [{ 'impersonate-extra-scopes': 'x' }, 'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string(nil), Extra:map[string][]string{"scopes":[]string{"x"}}} without impersonating a user name'],
  ])('of %j without a user says %j', (headers, message) => {
    if (message === undefined) expect(requestedUser({ headers })).toBeUndefined();
    else expect(() => requestedUser({ headers })).toThrow(message);
  });
});

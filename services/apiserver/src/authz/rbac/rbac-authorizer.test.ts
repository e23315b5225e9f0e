import fc from 'fast-check';
import type { rbacV1 } from '@kubernode/api';
import type { AuthorizationAttributes, UserInfo } from '../../pipeline/api-request.ts';
import { PolicyIndex } from './policy-index.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import { ruleMatches } from './rule-matches.ts';

const alice: UserInfo = { name: 'alice', uid: '', groups: ['developers', 'system:authenticated'], extra: {} };

function role(name: string, rules: rbacV1.PolicyRule[], namespace?: string): rbacV1.Role {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: namespace === undefined ? 'ClusterRole' : 'Role', metadata: { name, ...(namespace !== undefined && { namespace }) }, rules };
}

function binding(name: string, { to, subjects, namespace }: { to: string; subjects: rbacV1.Subject[]; namespace?: string }): rbacV1.RoleBinding {
  const [kind = '', roleName = ''] = to.split('/');
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name, ...(namespace !== undefined && { namespace }) }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: roleName }, subjects };
}

function ask(verb: string, resource: string, more: Partial<AuthorizationAttributes> = {}): AuthorizationAttributes {
  return { user: alice, verb, group: '', version: 'v1', resource, subresource: '', namespace: 'ns', name: '', path: '', isResourceRequest: true, ...more };
}

const toAlice: rbacV1.Subject[] = [{ kind: 'User', name: 'alice' }];
const readPods = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];

describe('RbacAuthorizer', () => {
  it('tells by which binding a request is allowed', () => {
    const index = new PolicyIndex();
    const rbac = new RbacAuthorizer(index);
    index.setRole(role('r', readPods, 'ns'));
    index.setBinding(binding('b', { to: 'Role/r', subjects: toAlice, namespace: 'ns' }));
    index.setRole(role('nodes', [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }]));
    index.setBinding(binding('c', { to: 'ClusterRole/nodes', subjects: [{ kind: 'Group', name: 'developers' }] }));
    expect([
      rbac.authorize(ask('get', 'pods')),
      rbac.authorize(ask('get', 'pods', { namespace: 'other' })),
      rbac.authorize(ask('delete', 'pods')),
      rbac.authorize(ask('list', 'nodes', { namespace: '' })),
    ]).toEqual([
      { verdict: 'allow', reason: 'RBAC: allowed by RoleBinding "b/ns" of Role "r" to User "alice"' },
      { verdict: 'noOpinion', reason: '' },
      { verdict: 'noOpinion', reason: '' },
      { verdict: 'allow', reason: 'RBAC: allowed by ClusterRoleBinding "c" of ClusterRole "nodes" to Group "developers"' },
    ]);
  });

  it('tells which roles are missing, unless another binding allows the request', () => {
    const index = new PolicyIndex();
    const rbac = new RbacAuthorizer(index);
    index.setBinding(binding('a', { to: 'Role/nope', subjects: toAlice, namespace: 'ns' }));
    expect(rbac.authorize(ask('get', 'pods')).reason).toBe('RBAC: role.rbac.authorization.k8s.io "nope" not found');
    index.setBinding(binding('b', { to: 'ClusterRole/gone', subjects: toAlice, namespace: 'ns' }));
    expect(rbac.authorize(ask('get', 'pods')).reason).toBe('RBAC: [role.rbac.authorization.k8s.io "nope" not found, clusterrole.rbac.authorization.k8s.io "gone" not found]');
    index.setRole(role('gone', readPods));
    expect(rbac.authorize(ask('get', 'pods')).verdict).toBe('allow');
  });

  it('forgets what a changed or deleted binding gave', () => {
    const index = new PolicyIndex();
    const rbac = new RbacAuthorizer(index);
    index.setRole(role('r', readPods, 'ns'));
    const given = binding('b', { to: 'Role/r', subjects: toAlice, namespace: 'ns' });
    const verdicts: string[] = [];
    const look = (): void => { verdicts.push(rbac.authorize(ask('get', 'pods')).verdict); };
    index.setBinding(given); look();
    index.setBinding({ ...given, subjects: [{ kind: 'User', name: 'bob' }] }); look();
    index.setBinding(given); look();
    index.setRole(role('r', [], 'ns')); look();
    index.setRole(role('r', readPods, 'ns')); look();
    index.deleteBinding(given); look();
    expect(verdicts).toEqual(['allow', 'noOpinion', 'allow', 'noOpinion', 'allow', 'noOpinion']);
  });

  it('binds service accounts by namespace and name, in a role binding also by its own namespace', () => {
    const index = new PolicyIndex();
    const rbac = new RbacAuthorizer(index);
    index.setRole(role('r', readPods, 'ns'));
    index.setBinding(binding('b', { to: 'Role/r', subjects: [{ kind: 'ServiceAccount', name: 'app' }], namespace: 'ns' }));
    const app = { ...alice, name: 'system:serviceaccount:ns:app', groups: [] };
    expect(rbac.authorize(ask('get', 'pods', { user: app })).reason).toBe('RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "app/ns"');
    expect(rbac.authorize(ask('get', 'pods', { user: { ...app, name: 'app' } })).verdict).toBe('noOpinion');
  });

  it('lists the rules of a user, cluster-wide ones first', () => {
    const index = new PolicyIndex();
    const rbac = new RbacAuthorizer(index);
    const nodes = { apiGroups: [''], resources: ['nodes'], verbs: ['list'] };
    index.setRole(role('r', readPods, 'ns'));
    index.setRole(role('c', [nodes]));
    index.setBinding(binding('b', { to: 'Role/r', subjects: toAlice, namespace: 'ns' }));
    index.setBinding(binding('b', { to: 'ClusterRole/c', subjects: toAlice }));
    index.setBinding(binding('x', { to: 'ClusterRole/x', subjects: toAlice }));
    expect(rbac.rulesFor(alice, 'ns')).toEqual({ rules: [nodes, ...readPods], errors: ['clusterrole.rbac.authorization.k8s.io "x" not found'] });
  });

  it('agrees with a walk over all bindings and rules', () => {
    const one = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
    const some = (...values: string[]): fc.Arbitrary<string[]> => fc.array(one(...values), { maxLength: 3 });
    const rule = fc.oneof(
      fc.record({ apiGroups: some('', 'apps', '*'), resources: some('pods', 'pods/log', '*/log', '*', '*/*'), resourceNames: some('a', 'b'), verbs: some('get', 'list', '*') }),
      fc.record({ nonResourceURLs: some('/metrics', '/healthz/*', '*', '/a**'), verbs: some('get', '*') }),
    );
    const grant = fc.record({ namespace: one('', 'ns', 'other'), rules: fc.array(rule, { maxLength: 3 }), user: one('alice', 'bob'), group: one('developers', 'others') });
    const question = fc.record({
      verb: one('get', 'list', 'delete', '*'), group: one('', 'apps', '*'), resource: one('pods', 'nodes', '*'), subresource: one('', 'log', '*'),
      namespace: one('', 'ns', 'other'), name: one('', 'a', 'c'), path: one('/metrics', '/healthz/ping', '/healthz', '/abc'), isResourceRequest: fc.boolean(),
    });
    fc.assert(fc.property(fc.array(grant, { maxLength: 5 }), fc.array(question, { minLength: 1, maxLength: 5 }), (grants, questions) => {
      const index = new PolicyIndex();
      const rbac = new RbacAuthorizer(index);
      grants.forEach(({ namespace, rules, user, group }, i) => {
        const where = namespace === '' ? undefined : namespace;
        index.setRole(role(`r${i}`, rules, where));
        index.setBinding({ ...binding(`b${i}`, { to: `${namespace === '' ? 'ClusterRole' : 'Role'}/r${i}`, subjects: [{ kind: 'User', name: user }, { kind: 'Group', name: group }], ...(where !== undefined && { namespace: where }) }) });
      });
      for (const question of questions) {
        const attributes = { user: alice, version: 'v1', ...question };
        const expected = grants.some(({ namespace, rules, user, group }) => (user === 'alice' || group === 'developers')
          && (namespace === '' || namespace === question.namespace) && rules.some((candidate) => ruleMatches(candidate, attributes)));
        expect(rbac.authorize(attributes).verdict).toBe(expected ? 'allow' : 'noOpinion');
      }
    }), { numRuns: 400 });
  });
});

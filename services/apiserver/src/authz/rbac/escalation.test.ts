import { StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { rbacV1 } from '@kubernode/api';
import { unionAuthorizer } from '../union-authorizer.ts';
import { confirmNoEscalation, type PolicyWrite } from './escalation.ts';
import { PolicyIndex } from './policy-index.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const alice = { name: 'alice', uid: '', groups: ['developers', 'system:authenticated'], extra: {} };
const getPods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const deletePods = { apiGroups: [''], resources: ['pods'], verbs: ['delete'] };

function setUp(ownRules: rbacV1.PolicyRule[]): (write: Partial<PolicyWrite> & Pick<PolicyWrite, 'resource' | 'object'>) => Promise<string> {
  const index = new PolicyIndex();
  index.setRole({ apiVersion, kind: 'Role', metadata: { name: 'own', namespace: 'ns' }, rules: ownRules });
  index.setRole({ apiVersion, kind: 'Role', metadata: { name: 'strong', namespace: 'ns' }, rules: [getPods, deletePods] });
  index.setBinding({ apiVersion, kind: 'RoleBinding', metadata: { name: 'own', namespace: 'ns' }, roleRef: { kind: 'Role', name: 'own' }, subjects: [{ kind: 'User', name: 'alice' }] });
  const rbac = new RbacAuthorizer(index);
  return async (write) => {
    try {
      await confirmNoEscalation({ user: alice, namespace: 'ns', requestName: '', ...write }, rbac, unionAuthorizer([rbac]));
      return 'allowed';
    } catch (error) {
      return error instanceof StatusError ? `${error.code} ${error.message}` : String(error);
    }
  };
}

const roleOf = (...rules: rbacV1.PolicyRule[]): KubeObject => ({ apiVersion, kind: 'Role', metadata: { name: 'x', namespace: 'ns' }, rules });
const bindingTo = (name: string): KubeObject => ({ apiVersion, kind: 'RoleBinding', metadata: { name: 'x', namespace: 'ns' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name } });
const refusal = 'is forbidden: user "alice" (groups=["developers" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}';

describe('confirmNoEscalation', () => {
  it('lets users grant what they have, and nothing more', async () => {
    const attempt = setUp([getPods]);
    expect([
      await attempt({ resource: 'roles', object: roleOf(getPods) }),
      await attempt({ resource: 'roles', object: roleOf(getPods, deletePods) }),
      await attempt({ resource: 'rolebindings', object: bindingTo('own') }),
      await attempt({ resource: 'rolebindings', object: bindingTo('strong') }),
      await attempt({ resource: 'rolebindings', object: bindingTo('nope') }),
      await attempt({ resource: 'clusterrolebindings', namespace: '', object: bindingTo('own') }),
      await attempt({ resource: 'roles', object: roleOf(deletePods), user: { ...alice, groups: ['system:masters'] } }),
    ]).toEqual([
      'allowed', `403 roles.rbac.authorization.k8s.io "x" ${refusal}`, 'allowed',
      `403 rolebindings.rbac.authorization.k8s.io "x" ${refusal}`, '404 rolebindings.rbac.authorization.k8s.io "nope" not found', '400 Namespace parameter required.', 'allowed',
    ]);
  });

  it('heeds the verbs escalate and bind', async () => {
    const group = ['rbac.authorization.k8s.io'];
    const attempt = setUp([{ apiGroups: group, resources: ['roles'], verbs: ['escalate'] }, { apiGroups: group, resources: ['roles'], resourceNames: ['strong'], verbs: ['bind'] }]);
    expect(await attempt({ resource: 'roles', object: roleOf(deletePods) })).toBe('allowed');
    expect(await attempt({ resource: 'rolebindings', object: bindingTo('strong') })).toBe('allowed');
  });

  it('lets the collector set owners and finalizers, but nobody touch the labels of a stronger role', async () => {
    const attempt = setUp([getPods]);
    const old = roleOf(deletePods);
    const owned = { ...old, metadata: { ...old.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' }], finalizers: ['f'] } };
    expect(await attempt({ resource: 'roles', object: owned, oldObject: old })).toBe('allowed');
    expect(await attempt({ resource: 'roles', object: { ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }, oldObject: old })).toMatch(/^403/);
  });

  it('demands everything of those who set an aggregation rule', async () => {
    const aggregated = { ...roleOf(), kind: 'ClusterRole', metadata: { name: 'x' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };
    expect(await setUp([getPods])({ resource: 'clusterroles', namespace: '', object: aggregated }))
      .toBe('403 clusterroles.rbac.authorization.k8s.io "x" is forbidden: must have cluster-admin privileges to use the aggregationRule');
  });
});

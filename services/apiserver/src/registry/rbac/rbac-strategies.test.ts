import type { KubeObject } from '@kubernode/apimachinery';
import type { rbacV1 } from '@kubernode/api';
import { clusterRoleBindingStrategy, roleBindingStrategy } from './binding.ts';
import { clusterRoleStrategy } from './cluster-role.ts';
import { roleStrategy } from './role.ts';

const faults = (errors: readonly { field: string; message: string }[] | undefined): string[] => (errors ?? []).map(({ field, message }) => `${field}: ${message}`);
const role = (rules: object[] | null, more: object = {}): rbacV1.ClusterRole & KubeObject => ({ apiVersion: 'v1', kind: 'Role', metadata: { name: 'r' }, rules, ...more }) as rbacV1.ClusterRole & KubeObject; // as clients may send it
const binding = (roleRef: object, subjects: object[] = []): rbacV1.RoleBinding & KubeObject => ({ apiVersion: 'v1', kind: 'RoleBinding', metadata: { name: 'b' }, roleRef, subjects }) as unknown as rbacV1.RoleBinding & KubeObject; // as clients may send it
const group = 'rbac.authorization.k8s.io';

const context = { user: { name: 'u', uid: '', groups: [], extra: {} }, subresource: '', now: 0 };

describe('roles', () => {
  it.each<[string, object, string[]]>([
    ['a rule', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }, []],
    ['no verbs', { apiGroups: [''], resources: ['pods'] }, ['rules[0].verbs: Required value: verbs must contain at least one value']],
    ['no groups, no resources', { verbs: ['get'] }, ['rules[0].apiGroups: Required value: resource rules must supply at least one api group', 'rules[0].resources: Required value: resource rules must supply at least one resource']],
    ['paths', { verbs: ['get'], nonResourceURLs: ['/x'] }, ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs']],
  ])('in a namespace: %s', (_name, rule, expected) => {
    expect(faults(roleStrategy.validate?.(role([rule])))).toEqual(expected);
  });

  it('of the cluster speak of paths or of resources, and aggregate by selectors', () => {
    expect(faults(clusterRoleStrategy.validate?.(role([{ verbs: ['get'], nonResourceURLs: ['/x'] }])))).toEqual([]);
    expect(faults(clusterRoleStrategy.validate?.(role([{ verbs: ['get'], nonResourceURLs: ['/x'], resources: ['pods'] }])))).toEqual(['rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs']);
    expect(faults(clusterRoleStrategy.validate?.(role([], { aggregationRule: {} })))).toEqual(['aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil']);
  });

  it('have names that fit into a path', () => {
    expect([roleStrategy.validateName?.('system:x', false), roleStrategy.validateName?.('a/b', false), roleStrategy.validateName?.('..', false)]).toEqual([[], ["may not contain '/'"], ["may not be '..'"]]);
  });
});

describe('bindings', () => {
  it('get the groups of their role and subjects', () => {
    const object = binding({ kind: 'Role', name: 'r' }, [{ kind: 'User', name: 'u' }, { kind: 'Group', name: 'g' }, { kind: 'ServiceAccount', name: 's' }]);
    roleBindingStrategy.defaults?.(object);
    expect([object.roleRef, object.subjects]).toEqual([{ apiGroup: group, kind: 'Role', name: 'r' }, [{ apiGroup: group, kind: 'User', name: 'u' }, { apiGroup: group, kind: 'Group', name: 'g' }, { kind: 'ServiceAccount', name: 's' }]]);
    expect(faults(roleBindingStrategy.validate?.(object))).toEqual([]);
    expect(faults(clusterRoleBindingStrategy.validate?.(object))).toEqual(['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"', 'subjects[2].namespace: Required value']);
  });

  it('refuse what they cannot mean', () => {
    expect(faults(roleBindingStrategy.validate?.(binding({ apiGroup: 'x', kind: 'Y', name: '' }, [{ kind: 'Z', name: '' }])))).toEqual([
      `roleRef.apiGroup: Unsupported value: "x": supported values: "${group}"`, 'roleRef.kind: Unsupported value: "Y": supported values: "Role", "ClusterRole"', 'roleRef.name: Required value',
      'subjects[0].name: Required value', 'subjects[0].kind: Unsupported value: "Z": supported values: "ServiceAccount", "User", "Group"',
    ]);
  });

  it('never change their role', () => {
    const ref = { apiGroup: group, kind: 'Role', name: 'r' };
    expect(faults(roleBindingStrategy.validateUpdate?.(binding({ ...ref, name: 'other' }), binding(ref), context))).toEqual([`roleRef: Invalid value: {"APIGroup":"${group}","Kind":"Role","Name":"other"}: cannot change roleRef`]);
    expect(faults(roleBindingStrategy.validateUpdate?.(binding(ref, [{ kind: 'User', name: 'u', apiGroup: group }]), binding(ref), context))).toEqual([]);
  });
});

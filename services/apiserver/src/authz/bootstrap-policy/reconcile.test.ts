import { alreadyExists, notFound, type KubeObject } from '@kubernode/apimachinery';
import type { rbacV1 } from '@kubernode/api';
import type { ObjectWriter } from '../../endpoints/endpoint.ts';
import { bootstrapPolicy } from './bootstrap-policy.ts';
import { reconcileBootstrapPolicy, reconciledBinding, reconciledRole } from './reconcile.ts';

type Role = rbacV1.ClusterRole & KubeObject;
type Binding = rbacV1.RoleBinding & KubeObject;

function fakeWriter(): { writer: Pick<ObjectWriter, 'get' | 'create' | 'update'>; objects: Map<string, KubeObject>; writes: string[] } {
  const objects = new Map<string, KubeObject>();
  const writes: string[] = [];
  const keyOf = (resource: string, namespace: string, name: string): string => `${resource}/${namespace}/${name}`;
  const writer: Pick<ObjectWriter, 'get' | 'create' | 'update'> = {
    get: async <T extends KubeObject>({ resource }: { resource: string }, namespace: string, name: string) => structuredClone(objects.get(keyOf(resource, namespace, name))) as T | undefined,
    create: async ({ group, resource }, object) => {
      const key = keyOf(resource, object.metadata.namespace ?? '', object.metadata.name);
      if (objects.has(key)) throw alreadyExists({ group, resource }, object.metadata.name);
      objects.set(key, structuredClone(object));
      writes.push(`create ${key}`);
      return object;
    },
    update: async <T extends KubeObject>({ group, resource }: { group: string; resource: string }, { namespace, name }: { namespace: string; name: string }, change: (object: T) => T | undefined) => {
      const key = keyOf(resource, namespace, name);
      const existing = objects.get(key);
      if (existing === undefined) throw notFound({ group, resource }, name);
      const changed = change(structuredClone(existing) as T);
      if (changed !== undefined) { objects.set(key, changed); writes.push(`update ${key}`); }
      return (changed ?? existing) as T;
    },
  };
  return { writer, objects, writes };
}

describe('reconcileBootstrapPolicy', () => {
  it('creates everything in an empty cluster and nothing in one that has it', async () => {
    const { writer, objects, writes } = fakeWriter();
    await reconcileBootstrapPolicy(writer);
    expect(objects.size).toBe(Object.values(bootstrapPolicy).reduce((sum, list) => sum + list.length, 0));
    writes.length = 0;
    await reconcileBootstrapPolicy(writer);
    expect(writes).toEqual([]);
  });

  it('repairs what was taken away, keeps what was added, and leaves protected objects alone', async () => {
    const { writer, objects, writes } = fakeWriter();
    await reconcileBootstrapPolicy(writer);
    const change = (key: string, fields: Record<string, unknown>): void => { objects.set(key, { ...objects.get(key), ...fields } as KubeObject); };
    change('clusterroles//system:basic-user', { rules: [{ apiGroups: ['x'], resources: ['y'], verbs: ['z'] }] });
    change('clusterrolebindings//system:discovery', { subjects: [] });
    const protectedKey = 'clusterroles//system:discovery';
    change(protectedKey, { rules: [], metadata: { name: 'system:discovery', annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } } });
    writes.length = 0;
    await reconcileBootstrapPolicy(writer);
    expect(writes.sort()).toEqual(['update clusterrolebindings//system:discovery', 'update clusterroles//system:basic-user']);
    expect((objects.get('clusterroles//system:basic-user') as Role).rules?.[0]).toEqual({ apiGroups: ['x'], resources: ['y'], verbs: ['z'] });
    expect((objects.get(protectedKey) as Role).rules).toEqual([]);
  });
});

describe('bootstrapPolicy', () => {
  it('binds only roles that it has, by names that are unique', () => {
    const roleKeys = new Set([...bootstrapPolicy.clusterRoles, ...bootstrapPolicy.roles].map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`));
    expect(roleKeys.size).toBe(bootstrapPolicy.clusterRoles.length + bootstrapPolicy.roles.length);
    const dangling = [...bootstrapPolicy.clusterRoleBindings, ...bootstrapPolicy.roleBindings]
      .filter(({ roleRef, metadata }) => !roleKeys.has(`${roleRef.kind}/${roleRef.kind === 'Role' ? metadata.namespace ?? '' : ''}/${roleRef.name}`));
    expect(dangling.map(({ metadata }) => metadata.name)).toEqual([]);
  });

  it('gives every role rules or an aggregation, and every binding a role', () => {
    const empty = bootstrapPolicy.clusterRoles.filter(({ rules, aggregationRule }) => !rules?.length && !aggregationRule).map(({ metadata }) => metadata.name);
    expect(empty).toEqual([]);
    expect(bootstrapPolicy.clusterRoles.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining([
      'cluster-admin', 'admin', 'edit', 'view', 'system:kube-scheduler', 'system:kube-controller-manager', 'system:node', 'system:node-proxier', 'system:coredns',
    ]));
  });
});

describe('reconciledRole and reconciledBinding', () => {
  const role: Role = { apiVersion: 'v1', kind: 'ClusterRole', metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] };
  const binding: Binding = { apiVersion: 'v1', kind: 'ClusterRoleBinding', metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] };

  it('add only what is missing', () => {
    expect(reconciledRole({ ...role, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }, role)?.rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] }, { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]);
    expect(reconciledRole({ ...role, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }, role)).toBeUndefined();
    expect(reconciledBinding({ ...binding, subjects: [{ kind: 'User', name: 'v' }] }, binding)?.subjects).toEqual([{ kind: 'User', name: 'v' }, { kind: 'User', name: 'u' }]);
  });

  it('leave a binding alone that grants another role, and drop an aggregation that is not meant to be', () => {
    expect(reconciledBinding({ ...binding, roleRef: { kind: 'ClusterRole', name: 'other' }, subjects: [] }, binding)).toBeUndefined();
    expect(reconciledRole({ ...role, aggregationRule: { clusterRoleSelectors: [{}] } }, role)).toEqual(role);
  });
});

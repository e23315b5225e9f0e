import type { metaV1, rbacV1 } from '@kubernode/api';
import { isAlreadyExists, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { Semaphore } from '@kubernode/base';
import type { ObjectWriter } from '../../endpoints/endpoint.ts';
import { jsonEquals } from '../../registry/write/json-equals.ts';
import { uncoveredRules } from '../rbac/rule-cover.ts';
import { bootstrapPolicy } from './bootstrap-policy.ts';

const GROUP = 'rbac.authorization.k8s.io';
const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
/** An object may appear or vanish between the look and the write; more often than this is somebody's fight, left to them. */
const ATTEMPTS_MAX = 3;
/** Objects that are worked on at a time, so that a start does not wait for 130 of them one after the other. */
const PARALLEL_MAX = 16;

type PolicyWriter = Pick<ObjectWriter, 'get' | 'create' | 'update'>;
type Role = rbacV1.ClusterRole & KubeObject;
type Binding = rbacV1.RoleBinding & KubeObject;

/**
 * Brings a cluster's default roles and bindings up to date: what is missing is created, roles get rules and bindings subjects that they
 * lack, nothing is taken away. Objects whose autoupdate annotation is "false" are left alone.
 */
export async function reconcileBootstrapPolicy(writer: PolicyWriter): Promise<void> {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy;
  const turns = new Semaphore(PARALLEL_MAX);
  await Promise.all([
    ...clusterRoles.map((role) => turns.run(() => reconcile<Role>(writer, 'clusterroles', role, reconciledRole))),
    ...clusterRoleBindings.map((binding) => turns.run(() => reconcile<Binding>(writer, 'clusterrolebindings', binding, reconciledBinding))),
    ...roles.map((role) => turns.run(() => reconcile<Role>(writer, 'roles', role, reconciledRole))),
    ...roleBindings.map((binding) => turns.run(() => reconcile<Binding>(writer, 'rolebindings', binding, reconciledBinding))),
  ]);
}

async function reconcile<T extends KubeObject>(writer: PolicyWriter, resource: string, expected: Readonly<T>, change: (existing: T, expected: Readonly<T>) => T | undefined): Promise<void> {
  const target = { group: GROUP, resource };
  const { namespace = '', name } = expected.metadata;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    try {
      const existing = await writer.get<T>(target, namespace, name);
      if (existing === undefined) await writer.create<T>(target, expected);
      else if (change(existing, expected) !== undefined) await writer.update<T>(target, { namespace, name }, (newest) => change(newest, expected));
      return;
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
    }
  }
}

/** The role as it should be; undefined when it is so already, or wants to be left alone. */
export function reconciledRole(existing: Role, expected: Readonly<Role>): Role | undefined {
  if (existing.metadata.annotations?.[AUTO_UPDATE] === 'false') return undefined;
  const rules = existing.rules ?? [];
  const missing = uncoveredRules(rules, expected.rules ?? []);
  const role: Role = { ...existing, metadata: mergedMetadata(existing, expected), ...(missing.length > 0 && { rules: [...rules, ...missing] as rbacV1.PolicyRule[] }) }; // broken-down copies, nobody else's
  const aggregationRule = reconciledAggregation(existing.aggregationRule, expected.aggregationRule);
  if (aggregationRule === undefined) delete role.aggregationRule;
  else role.aggregationRule = aggregationRule;
  return jsonEquals(role, existing) ? undefined : role;
}

/** The binding as it should be; undefined when it is so already, wants to be left alone, or grants another role, which cannot be changed. */
export function reconciledBinding(existing: Binding, expected: Readonly<Binding>): Binding | undefined {
  const { kind, name } = existing.roleRef;
  if (existing.metadata.annotations?.[AUTO_UPDATE] === 'false' || kind !== expected.roleRef.kind || name !== expected.roleRef.name) return undefined;
  const subjects = existing.subjects ?? [];
  const missing = (expected.subjects ?? []).filter((subject) => !subjects.some((held) => sameSubject(held, subject)));
  const binding: Binding = { ...existing, metadata: mergedMetadata(existing, expected), ...(missing.length > 0 && { subjects: [...subjects, ...missing] }) };
  return jsonEquals(binding, existing) ? undefined : binding;
}

/** Expected labels and annotations, those that are there having the last word. */
function mergedMetadata({ metadata }: KubeObject, expected: Readonly<KubeObject>): KubeObject['metadata'] {
  const labels = { ...expected.metadata.labels, ...metadata.labels };
  const annotations = { ...expected.metadata.annotations, ...metadata.annotations };
  return { ...metadata, ...(Object.keys(labels).length > 0 && { labels }), ...(Object.keys(annotations).length > 0 && { annotations }) };
}

function reconciledAggregation(existing: rbacV1.AggregationRule | undefined, expected: Readonly<rbacV1.AggregationRule> | undefined): rbacV1.AggregationRule | undefined {
  if (expected === undefined) return undefined; // a role that is not meant to gather rules has them all itself
  const selectors: metaV1.LabelSelector[] = existing?.clusterRoleSelectors ?? [];
  const missing = (expected.clusterRoleSelectors ?? []).filter((selector) => !selectors.some((held) => jsonEquals(held, selector)));
  return missing.length === 0 && existing !== undefined ? existing : { ...existing, clusterRoleSelectors: [...selectors, ...missing] };
}

function sameSubject(a: Readonly<rbacV1.Subject>, b: Readonly<rbacV1.Subject>): boolean {
  return a.kind === b.kind && a.name === b.name && (a.apiGroup ?? '') === (b.apiGroup ?? '') && (a.namespace ?? '') === (b.namespace ?? '');
}

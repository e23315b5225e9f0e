import { badRequest, forbidden, notFound, StatusError, type KubeObject, goQuote } from '@kubernode/apimachinery';
import type { rbacV1 } from '@kubernode/api';
import type { Authorizer, UserInfo } from '../../pipeline/api-request.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';
import { jsonEquals } from '../../registry/write/json-equals.ts';
import { compactRules, describeRule, quoteList, uncoveredRules } from './rule-cover.ts';
import type { PolicyRule } from './rule-matches.ts';

const GROUP = 'rbac.authorization.k8s.io';
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

export type RbacResource = 'roles' | 'clusterroles' | 'rolebindings' | 'clusterrolebindings';

export interface PolicyWrite {
  user: UserInfo;
  resource: RbacResource;
  /** '' for cluster-scoped ones. */
  namespace: string;
  /** The name in the request's path: empty on create. */
  requestName: string;
  object: Readonly<KubeObject>;
  /** Absent for a creation. */
  oldObject?: Readonly<KubeObject> | undefined;
}

/**
 * Nobody may grant what they do not have. Refuses a role with rules, or a binding to a role with rules, beyond the writer's own,
 * unless the writer may `escalate` roles or `bind` that role. To be called after defaults, before admission and validation of the write.
 * @throws StatusError 403, or 404 for a binding to a role that does not exist.
 */
export async function confirmNoEscalation(write: PolicyWrite, rbac: RbacAuthorizer, authorizer: Authorizer): Promise<void> {
  if (write.user.groups.includes('system:masters')) return;
  if (write.resource === 'roles' || write.resource === 'clusterroles') await confirmRole(write, rbac, authorizer);
  else await confirmBinding(write, rbac, authorizer);
}

async function confirmRole(write: PolicyWrite, rbac: RbacAuthorizer, authorizer: Authorizer): Promise<void> {
  if (await may({ ...write, verb: 'escalate', name: write.requestName }, authorizer) || onlyCollectorFields(write)) return;
  const role = write.object as unknown as rbacV1.ClusterRole; // the resource is one of the two kinds of roles
  confirmRules(write, role.rules ?? [], rbac);
  if (write.resource !== 'clusterroles' || !(aggregates(write.object) || aggregates(write.oldObject))) return;
  if (uncoveredRules(rbac.rulesFor(write.user, write.namespace).rules, FULL_AUTHORITY).length === 0) return;
  throw forbidden({ group: GROUP, resource: write.resource }, role.metadata.name ?? '', 'must have cluster-admin privileges to use the aggregationRule');
}

async function confirmBinding(write: PolicyWrite, rbac: RbacAuthorizer, authorizer: Authorizer): Promise<void> {
  if (onlyCollectorFields(write)) return;
  const { roleRef } = write.object as unknown as rbacV1.RoleBinding; // the resource is one of the two kinds of bindings
  const resource = ROLE_RESOURCES[roleRef?.kind ?? ''];
  if (resource !== undefined && await may({ ...write, verb: 'bind', resource, name: roleRef.name }, authorizer)) return;
  if (roleRef?.kind === 'Role' && write.namespace === '') throw badRequest('Namespace parameter required.'); // roles of no namespace there are not
  const resolved = rbac.index.rulesOf(roleRef ?? { kind: '', name: '' }, write.namespace);
  if ('rules' in resolved) { confirmRules(write, resolved.rules, rbac); return; }
  if (resource === undefined) throw new StatusError({ code: 500, message: resolved.missing });
  throw notFound({ group: GROUP, resource: write.resource }, roleRef.name);
}

const ROLE_RESOURCES: Readonly<Record<string, RbacResource>> = { Role: 'roles', ClusterRole: 'clusterroles' };

async function may({ user, verb, resource, namespace, name }: { user: UserInfo; verb: string; resource: RbacResource; namespace: string; name: string }, authorizer: Authorizer): Promise<boolean> {
  const attributes = { user, verb, group: GROUP, version: '*', resource, subresource: '', namespace, name, path: '', isResourceRequest: true };
  return (await authorizer.authorize(attributes)).verdict === 'allow';
}

function confirmRules({ user, resource, namespace, object }: PolicyWrite, wanted: readonly PolicyRule[], rbac: RbacAuthorizer): void {
  const own = rbac.rulesFor(user, namespace);
  const missing = uncoveredRules(own.rules, wanted);
  if (missing.length === 0) return;
  const lines = [...new Set(compactRules(missing).map(describeRule))].sort();
  const unresolved = own.errors.length === 0 ? '' : `; resolution errors: [${own.errors.join(', ')}]`;
  throw forbidden({ group: GROUP, resource }, object.metadata.name ?? '',
    `user ${goQuote(user.name)} (groups=${quoteList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${unresolved}`);
}

function aggregates(role: Readonly<KubeObject> | undefined): boolean {
  const rule = role?.['aggregationRule'] as rbacV1.AggregationRule | null | undefined; // called for cluster roles only
  return (rule?.clusterRoleSelectors?.length ?? 0) > 0;
}

/** The garbage collector may always set owners and finalizers, or it could not delete what it must. */
function onlyCollectorFields({ object, oldObject }: PolicyWrite): boolean {
  return oldObject !== undefined && jsonEquals(withoutCollectorFields(object), withoutCollectorFields(oldObject));
}

function withoutCollectorFields(object: Readonly<KubeObject>): unknown {
  const { ownerReferences: _owners, finalizers: _finalizers, selfLink: _link, managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

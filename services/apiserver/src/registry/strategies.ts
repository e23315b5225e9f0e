import { clusterRoleBindingStrategy, roleBindingStrategy } from './rbac/binding.ts';
import { clusterRoleStrategy } from './rbac/cluster-role.ts';
import { roleStrategy } from './rbac/role.ts';
import type { Strategy } from './strategy.ts';

/** What is particular to each kind, by `resource` or `resource.group`. A resource that is not here is served by its facts alone. */
export const strategies: ReadonlyMap<string, Strategy> = new Map<string, Strategy>([
  ['roles.rbac.authorization.k8s.io', roleStrategy],
  ['clusterroles.rbac.authorization.k8s.io', clusterRoleStrategy],
  ['rolebindings.rbac.authorization.k8s.io', roleBindingStrategy],
  ['clusterrolebindings.rbac.authorization.k8s.io', clusterRoleBindingStrategy],
]);

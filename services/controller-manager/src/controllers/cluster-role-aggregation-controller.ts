import { matchesLabels, selectorFromLabelSelector, sameJson } from '@kubernode/apimachinery';
import { rbacV1Resources, type rbacV1 } from '@kubernode/api';
import { controller, nothingToDo, watch, type Controller, type Plan } from '@kubernode/controller';

type ClusterRole = Readonly<rbacV1.ClusterRole>;

const clusterRoles = rbacV1Resources.clusterroles;
const FIELD_MANAGER = 'clusterrole-aggregation-controller';

export interface AggregationSnapshot { role: ClusterRole; all: readonly ClusterRole[] }

/** Gives each aggregating ClusterRole the rules of those that it selects. */
export const clusterRoleAggregationController: Controller = controller<AggregationSnapshot>({
  name: 'clusterrole-aggregation',
  component: 'clusterrole-aggregation-controller',
  watches: [watch({ resource: clusterRoles, keys: (_change, listers) => listers.of(clusterRoles).list().filter(({ aggregationRule }) => aggregationRule !== undefined).map(({ metadata }) => metadata.name) })],
  read(key, listers) {
    const role = listers.of(clusterRoles).get(key);
    return role === undefined ? undefined : { role, all: listers.of(clusterRoles).list() };
  },
  reconcile,
});

/** Rules in the order of the selectors, then of the roles' names; each once. */
export function reconcile({ role, all }: AggregationSnapshot): Plan {
  if (role.aggregationRule === undefined) return nothingToDo;
  const byName = [...all].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules: rbacV1.PolicyRule[] = [];
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    for (const { metadata, rules: given } of byName) {
      if (metadata.name === role.metadata.name || !matchesLabels(selectorFromLabelSelector(selector), metadata.labels)) continue;
      for (const rule of given ?? []) if (!rules.some((one) => sameJson(one, rule))) rules.push(rule);
    }
  }
  if (sameJson(rules, role.rules ?? [])) return nothingToDo;
  const { name } = role.metadata;
  const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, ...(rules.length > 0 && { rules }) }; // what others wrote stays where nothing is selected
  return { actions: [{ do: 'patch', resource: clusterRoles, target: { name }, patch: { type: 'apply', body, fieldManager: FIELD_MANAGER, force: true } }] };
}

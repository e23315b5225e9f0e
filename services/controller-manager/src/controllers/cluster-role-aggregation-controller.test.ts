import type { rbacV1 } from '@kubernode/api';
import { reconcile } from './cluster-role-aggregation-controller.ts';

type Role = rbacV1.ClusterRole;

const rule = (resource: string): rbacV1.PolicyRule => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
const role = (name: string, part: string, ...resources: string[]): Role => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name, labels: { part } }, rules: resources.map(rule) });
const sum = (parts: string[], ...resources: string[]): Role => ({ ...role('sum', 'a', ...resources), aggregationRule: { clusterRoleSelectors: parts.map((part) => ({ matchLabels: { part } })) } });
const others = [role('z', 'a', 'pods'), role('b', 'a', 'nodes', 'pods'), role('c', 'c', 'secrets')];

/** The resources of the rules that are applied, if any are. */
function applied(one: Role, all: readonly Role[] = others): string[] | undefined {
  const [action] = reconcile({ role: one, all: [one, ...all] }).actions;
  return action?.do === 'patch' ? (action.patch.body as Role).rules?.flatMap(({ resources = [] }) => resources) : undefined; // a part of the role is applied
}

test.each<[string, Role, string[] | undefined]>([
  ['rules of all that it selects, each once, by the order of names', sum(['a']), ['nodes', 'pods']],
  ['selectors one after the other', sum(['c', 'a']), ['secrets', 'nodes', 'pods']],
  ['nothing new when it has them', sum(['a'], 'nodes', 'pods'), undefined],
  ['nothing when it does not aggregate', role('plain', 'a'), undefined],
])('an aggregating role gets %s', (_title, one, want) => { expect(applied(one)).toEqual(want); });

test('it owns its rules as a field manager of its own', () => {
  expect(reconcile({ role: sum(['c']), all: others }).actions).toMatchObject([{ target: { name: 'sum' }, patch: { type: 'apply', fieldManager: 'clusterrole-aggregation-controller', force: true } }]);
});

test('it lets go of its rules when it selects nothing: those that others wrote stay', () => {
  const [action] = reconcile({ role: sum(['none'], 'left'), all: others }).actions;
  expect(action).toMatchObject({ do: 'patch', patch: { type: 'apply', body: { metadata: { name: 'sum' } } } });
  expect(action).not.toHaveProperty('patch.body.rules');
});

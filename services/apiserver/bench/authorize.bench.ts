import type { KubeObject } from '@kubernode/apimachinery';
import type { rbacV1 } from '@kubernode/api';
import { RbacAuthorizer } from '../src/authz/rbac/rbac-authorizer.ts';
import { PolicyIndex } from '../src/authz/rbac/policy-index.ts';
import type { AuthorizationAttributes, UserInfo } from '../src/pipeline/api-request.ts';

/**
 * RBAC with many bindings of other users: `npx tsx --conditions=source services/apiserver/bench/authorize.bench.ts`. A decision costs the
 * same with 10,000 as with 10; so does the first one after a change, which is looked up anew.
 */
const DECISIONS = 100_000;
const ROUNDS = 10;

const user: UserInfo = { name: 'alice', uid: '', groups: ['developers', 'system:authenticated'], extra: {} };

function indexWith(bindings: number): PolicyIndex {
  const index = new PolicyIndex();
  index.setRole({ kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'edit' }, rules: [{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list', 'create', 'patch'] }] });
  for (let number = 0; number < bindings; number++) index.setBinding(binding(`b${number}`, `user-${number}`, `ns-${number % 100}`));
  index.setBinding(binding('alice', 'alice', 'team'));
  return index;
}

function binding(name: string, subject: string, namespace: string): rbacV1.RoleBinding & KubeObject {
  return { kind: 'RoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name, namespace }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' }, subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: subject }] };
}

const attributes: AuthorizationAttributes = { user, verb: 'patch', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'team', name: 'p', isResourceRequest: true, path: '/api/v1/namespaces/team/pods/p' };

for (const bindings of [10, 1_000, 10_000]) {
  const index = indexWith(bindings);
  const authorizer = new RbacAuthorizer(index);
  const least = (count: number, act: () => void): number => {
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      for (let number = 0; number < count; number++) act();
      best = Math.min(best, (performance.now() - start) * 1_000 / count);
    }
    return best;
  };
  if (authorizer.authorize(attributes).verdict !== 'allow') throw new Error('alice may patch her pods');
  const known = least(DECISIONS, () => { authorizer.authorize(attributes); });
  const changed = least(DECISIONS / 100, () => { index.generation++; authorizer.authorize(attributes); });
  process.stdout.write(`${String(bindings).padStart(6)} bindings: ${known.toFixed(2)} µs a decision, ${changed.toFixed(2)} µs the first after a change\n`);
}

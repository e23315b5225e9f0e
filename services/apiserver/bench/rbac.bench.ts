import type { AuthorizationAttributes, UserInfo } from '../src/pipeline/api-request.ts';
import { PolicyIndex } from '../src/authz/rbac/policy-index.ts';
import { RbacAuthorizer } from '../src/authz/rbac/rbac-authorizer.ts';

/**
 * CPU of RBAC's decisions with few and with many bindings: `npx tsx --conditions=source services/apiserver/bench/rbac.bench.ts`.
 * Bindings of other users must not slow a request, so the columns of a line should be alike.
 *
 *   known user      the user's rules are compiled: most requests
 *   new user        they are compiled for this decision: the first request of a user, a SubjectAccessReview, an impersonation
 *   after a change  likewise, once any role or binding changed
 */
const apiVersion = 'rbac.authorization.k8s.io/v1';
const ROUNDS = 200_000;
const NEW_ROUNDS = 20_000;
const NAMESPACES = 100;

function policy(bindings: number): PolicyIndex {
  const index = new PolicyIndex();
  for (const name of ['reader', 'writer']) {
    index.setRole({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules: [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments', 'services'], verbs: name === 'reader' ? ['get', 'list', 'watch'] : ['create', 'update', 'patch', 'delete'] }] });
  }
  for (let i = 0; i < bindings; i++) {
    const subjects = [{ kind: 'User', name: i < 5 ? 'alice' : `user-${i}` }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: i % 2 === 0 ? 'reader' : 'writer' };
    if (i % 2 === 0) index.setBinding({ apiVersion, kind: 'ClusterRoleBinding', metadata: { name: `b-${i}` }, roleRef, subjects });
    else index.setBinding({ apiVersion, kind: 'RoleBinding', metadata: { name: `b-${i}`, namespace: `ns-${i % NAMESPACES}` }, roleRef, subjects });
  }
  return index;
}

const user = (): UserInfo => ({ name: 'alice', uid: '1', groups: ['developers', 'system:authenticated'], extra: {} });
const asked = (one: UserInfo, allowed: boolean): AuthorizationAttributes => ({
  user: one, verb: allowed ? 'get' : 'deletecollection', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'ns-1', name: 'p', path: '', isResourceRequest: true,
});

/** Microseconds of CPU a decision. */
function cost(rounds: number, decide: () => unknown): number {
  for (let i = 0; i < rounds / 10; i++) decide(); // warm
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) decide();
  const { user: userMicros, system } = process.cpuUsage(start);
  return (userMicros + system) / rounds;
}

function measure(bindings: number): Record<string, number> {
  const index = policy(bindings);
  const rbac = new RbacAuthorizer(index);
  const known = user();
  const gone = { apiVersion, kind: 'ClusterRole', metadata: { name: 'gone' } }; // what changes is nothing of the user's
  return {
    'known user, allowed': cost(ROUNDS, () => rbac.authorize(asked(known, true))),
    'known user, not allowed': cost(ROUNDS, () => rbac.authorize(asked(known, false))),
    'new user': cost(NEW_ROUNDS, () => rbac.authorize(asked(user(), true))),
    'known user after a change': cost(NEW_ROUNDS, () => { index.deleteRole(gone); return rbac.authorize(asked(known, true)); }),
  };
}

const [few, many] = [measure(10), measure(10_000)];
process.stdout.write(`${'microseconds of CPU a decision'.padEnd(34)}${'10 bindings'.padStart(14)}${'10,000 bindings'.padStart(18)}\n`);
for (const [name, micros] of Object.entries(few)) process.stdout.write(`${name.padEnd(34)}${micros.toFixed(2).padStart(14)}${(many[name] ?? NaN).toFixed(2).padStart(18)}\n`);

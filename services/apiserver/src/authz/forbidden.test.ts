import type { AuthorizationAttributes } from '../pipeline/api-request.ts';
import { forbiddenRequest } from './forbidden.ts';

const base: AuthorizationAttributes = {
  user: { name: 'x', uid: '', groups: [], extra: {} }, verb: 'list', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'y', name: '', path: '/p', isResourceRequest: true,
};

it.each<[Partial<AuthorizationAttributes>, string, string, object]>([
  [{}, '', 'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "y"', { kind: 'pods' }],
  [{ verb: 'get', name: 'n', subresource: 'log' }, '', 'pods "n" is forbidden: User "x" cannot get resource "pods/log" in API group "" in the namespace "y"', { kind: 'pods', name: 'n' }],
  [{ group: 'apps', resource: 'deployments', namespace: '' }, 'why', 'deployments.apps is forbidden: User "x" cannot list resource "deployments" in API group "apps" at the cluster scope: why', { kind: 'deployments', group: 'apps' }],
  [{ isResourceRequest: false, verb: 'get', path: '/<a>' }, '', 'forbidden: User "x" cannot get path "/&lt;a&gt;"', {}],
])('forbiddenRequest says who may not do what: %j %s', (attributes, reason, message, details) => {
  expect(forbiddenRequest({ ...base, ...attributes }, reason).toStatus()).toMatchObject({ code: 403, reason: 'Forbidden', message, details });
});

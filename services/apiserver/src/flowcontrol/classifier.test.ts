import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import { requestInfoOf } from '../filters/request-info.ts';
import type { UserInfo } from '../pipeline/api-request.ts';
import { byPrecedence, Classifier, type FlowSchema } from './classifier.ts';

const schemas = bootstrapObjects.flowSchemas as readonly FlowSchema[];
const classifier = new Classifier([...schemas].sort(byPrecedence).map(({ metadata, spec }) => ({ schema: metadata.name, spec })));
const user = (name: string, ...groups: string[]): UserInfo => ({ name, uid: '', groups: [...groups, 'system:authenticated'], extra: {} });
const info = (method: string, target: string): ReturnType<typeof requestInfoOf> => {
  const [path = '', query = ''] = target.split('?');
  return requestInfoOf(method, path, new URLSearchParams(query));
};
const account = (namespace: string, name: string): UserInfo => user(`system:serviceaccount:${namespace}:${name}`, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`);
const NODE = user('system:node:n', 'system:nodes');

describe('Classifier', () => {
  it.each<[string, UserInfo, string, string]>([
    ['exempt', user('admin', 'system:masters'), 'GET', '/api/v1/pods'],
    ['probes', user('anyone'), 'GET', '/healthz'],
    ['probes', user('anyone'), 'GET', '/healthz/etcd'],
    ['global-default', user('anyone'), 'GET', '/healthzz'],
    ['system-leader-election', user('system:kube-scheduler'), 'PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler'],
    ['kube-scheduler', user('system:kube-scheduler'), 'GET', '/apis/coordination.k8s.io/v1/namespaces/default/leases'],
    ['kube-scheduler', user('system:kube-scheduler'), 'POST', '/api/v1/namespaces/x/pods/p/binding'],
    ['kube-controller-manager', user('system:kube-controller-manager'), 'GET', '/api/v1/pods'],
    ['kube-system-service-accounts', account('kube-system', 'job-controller'), 'GET', '/apis/batch/v1/jobs'],
    ['service-accounts', account('kube-systems', 'a'), 'GET', '/api/v1/pods'],
    ['system-node-high', NODE, 'PATCH', '/api/v1/nodes/n/status'],
    ['system-node-high', NODE, 'PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n'],
    ['system-nodes', NODE, 'GET', '/api/v1/pods?watch=1'],
    ['global-default', user('anyone'), 'GET', '/api/v1/namespaces/x/pods/p/log'],
    ['global-default', { ...user('system:anonymous'), groups: ['system:unauthenticated'] }, 'DELETE', '/api/v1/namespaces'],
  ])('%s takes %j %s %s', (schema, who, method, target) => expect(classifier.classify(who, info(method, target))).toBe(schema));

  it('finds nothing for a user without groups', () => expect(classifier.classify({ name: 'x', uid: '', groups: [], extra: {} }, info('GET', '/api/v1/pods'))).toBeUndefined());

  it('looks at the groups that a user has now', () => {
    const request = info('GET', '/api/v1/pods');
    expect([classifier.classify(user('eve'), request), classifier.classify(user('eve', 'system:masters'), request), classifier.classify(user('eve'), request)]).toEqual(['global-default', 'exempt', 'global-default']);
  });

  it.each<[string, string, boolean]>([['/debug/*', '/debug/x', true], ['/debug/*', '/debug', false], ['/debug', '/debug/x', true], ['/debug', '/debugx', false], ['*', '/', true]])('path rule %s and %s: %s', (url, path, matches) => {
    const one = new Classifier([{ schema: 1, spec: { priorityLevelConfiguration: { name: 'l' }, rules: [{ subjects: [{ kind: 'User', user: { name: '*' } }], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: [url] }] }] } }]);
    expect(one.classify(user('x'), info('GET', path))).toBe(matches ? 1 : undefined);
  });

  it('tells cluster scope, namespaces and subresources apart', () => {
    const rule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'], namespaces: ['a'] };
    const one = new Classifier([{ schema: 1, spec: { priorityLevelConfiguration: { name: 'l' }, rules: [{ subjects: [{ kind: 'Group', group: { name: '*' } }], resourceRules: [rule] }] } }]);
    const paths = ['/api/v1/namespaces/a/pods', '/api/v1/namespaces/b/pods', '/api/v1/pods', '/api/v1/namespaces/a/pods/p/log', '/api/v1/namespaces/a/pods/p/status'];
    expect(paths.map((path) => one.classify(user('x'), info('GET', path)))).toEqual([1, undefined, undefined, 1, undefined]);
  });
});

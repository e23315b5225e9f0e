import type { RequestContext, RequestInfo } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { checkCustomRequest, leadsToCustom, refuseWhileTerminating } from './custom-requests.ts';
import type { CustomTraits } from './custom-traits.ts';

const traits = { deprecationWarning: undefined, isTerminating: false } as CustomTraits; // the rest is not looked at
const served = (namespaced = true): ServedResource => ({ facts: { group: 'example.com', resource: 'widgets', namespaced, subresources: [{ name: 'status' }] }, storage: { group: 'example.com', resource: 'widgets' }, custom: traits } as unknown as ServedResource); // likewise
const info = (fields: Partial<RequestInfo>): RequestInfo => ({ isResourceRequest: true, path: '', verb: 'get', apiPrefix: 'apis', group: 'example.com', version: 'v1', namespace: '', resource: 'widgets', subresource: '', name: 'x', rest: [], ...fields });
const context = (fields: Partial<RequestInfo>): RequestContext => ({ info: info(fields), user: { name: '', uid: '', groups: [], extra: {} }, warnings: [], auditAnnotations: {} });

test.each<[boolean, Partial<RequestInfo>, boolean]>([
  [true, { namespace: 'd' }, true], [true, {}, false], [true, { verb: 'list' }, true], [true, { verb: 'watch' }, true], [true, { verb: 'deletecollection' }, false],
  [false, {}, true], [false, { namespace: 'd' }, false], [true, { namespace: 'd', rest: ['more'] }, false],
])('of a resource that is in namespaces (%j) %j leads to it: %j', (namespaced, request, leads) => {
  expect(leadsToCustom(served(namespaced), info(request))).toBe(leads);
});

test.each<[Partial<RequestInfo>, string]>([
  [{ subresource: 'scale' }, 'widgets.example.com "x" not found'],
  [{ verb: '' }, ' is not supported on resources of kind "widgets.example.com"'],
  [{ subresource: 'status', verb: 'delete' }, 'delete is not supported on resources of kind "widgets.example.com"'],
  [{ verb: 'update', name: '' }, 'name must be provided'],
])('%j is refused: %s', (request, message) => {
  expect(() => { checkCustomRequest(served(), traits, context(request)); }).toThrow(message);
});

test('users of a deprecated version are told, and so is the audit', () => {
  const asked = context({ subresource: 'status' });
  checkCustomRequest(served(), { ...traits, deprecationWarning: 'use v2' }, asked);
  expect([asked.warnings, asked.auditAnnotations]).toEqual([['use v2'], { 'k8s.io/deprecated': 'true' }]);
});

test('nothing is created while the definition goes', () => {
  expect(() => { refuseWhileTerminating({ ...served(), custom: { ...traits, isTerminating: true } }, 'x'); }).toThrow('widgets.example.com "x" is forbidden: create not allowed while custom resource definition is terminating');
  expect(() => { refuseWhileTerminating(served(), 'x'); }).not.toThrow();
});

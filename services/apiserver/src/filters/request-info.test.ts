import { isLongRunning, requestInfoOf } from './request-info.ts';

const info = (method: string, target: string): ReturnType<typeof requestInfoOf> => {
  const [path = '', query = ''] = target.split('?');
  return requestInfoOf(method, path, new URLSearchParams(query));
};

describe('requestInfoOf', () => {
  it.each([
    ['GET', '/api/v1/namespaces/ns/pods/a', { verb: 'get', group: '', version: 'v1', namespace: 'ns', resource: 'pods', name: 'a', subresource: '' }],
    ['GET', '/api/v1/namespaces/ns/pods', { verb: 'list', namespace: 'ns', resource: 'pods', name: '' }],
    ['GET', '/api/v1/pods?watch=true', { verb: 'watch', namespace: '', resource: 'pods' }],
    ['GET', '/api/v1/pods?watch=', { verb: 'watch' }],
    ['GET', '/api/v1/pods?watch=0', { verb: 'list' }],
    ['GET', '/api/v1/namespaces/ns/pods/a?watch=true', { verb: 'get', name: 'a' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name=x', { verb: 'list', name: 'x' }],
    ['DELETE', '/apis/apps/v1/namespaces/ns/deployments', { verb: 'deletecollection', group: 'apps', resource: 'deployments' }],
    ['PUT', '/api/v1/namespaces/ns/finalize', { verb: 'update', resource: 'namespaces', name: 'ns', namespace: 'ns', subresource: 'finalize' }],
    ['PATCH', '/apis/apps/v1/namespaces/ns/deployments/d/scale', { verb: 'patch', subresource: 'scale', name: 'd' }],
    ['GET', '/api/v1/watch/namespaces/ns/pods', { verb: 'watch', resource: 'pods', namespace: 'ns' }],
    ['GET', '/api/v1/watch/namespaces/ns/pods/a/status', { verb: 'watch', name: 'a', subresource: '', rest: ['status'] }],
    ['GET', '/api/v1/nodes/n/proxy/stats/summary', { subresource: 'proxy', name: 'n', rest: ['stats', 'summary'] }],
    ['OPTIONS', '/api/v1/pods', { verb: '', resource: 'pods' }],
  ])('%s %s', (method, target, wanted) => {
    expect(info(method, target)).toMatchObject({ isResourceRequest: true, ...wanted });
  });

  it.each(['/', '/api', '/api/v1', '/apis/apps/v1', '/healthz', '//', '/apis//'])('takes %s for no resource', (path) => {
    expect(info('GET', path)).toMatchObject({ isResourceRequest: false, verb: 'get' });
  });

  it('knows what may last', () => {
    expect(['/api/v1/pods?watch=1', '/api/v1/namespaces/n/pods/p/log', '/api/v1/namespaces/n/pods/p'].map((path) => isLongRunning(info('GET', path)))).toEqual([true, true, false]);
  });
});

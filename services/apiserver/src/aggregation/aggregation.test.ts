import type { coreV1 } from '@kubernode/api';
import { remoteVersion, type ApiService } from './api-service.ts';
import { withAvailability } from './availability-controller.ts';
import { forwardedHeaders, relayedHeaders, userHeaders } from './front-proxy-headers.ts';
import { resourcesOf } from './legacy-resources.ts';
import { serviceFault } from './service-fault.ts';

const SERVICE = { namespace: 'n', name: 's', port: 443 };
const apiService = (conditions?: object[]): ApiService => ({
  kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1', metadata: { name: 'v1.g' }, spec: { group: 'g', version: 'v1', groupPriorityMinimum: 10, versionPriority: 5, service: { namespace: 'n', name: 's' } },
  ...(conditions && { status: { conditions } }),
} as ApiService); // conditions are given as they are needed

describe('userHeaders', () => {
  it('names the user and escapes keys of extra', () => {
    expect(userHeaders({ name: 'u', uid: '7', groups: ['a', 'b'], extra: { 'example.com/x%y': ['1', '2'], none: [] } })).toEqual({
      'x-remote-user': 'u', 'x-remote-uid': '7', 'x-remote-group': ['a', 'b'], 'x-remote-extra-example.com%2Fx%25y': ['1', '2'],
    });
  });
});

describe('forwardedHeaders', () => {
  it('keeps nothing by which a client claims to be somebody, nor what concerns its connection', () => {
    const headers = { accept: 'a', authorization: 'b', 'x-remote-user': 'c', 'impersonate-user': 'd', connection: 'keep-alive, x-own', 'x-own': 'e', host: 'h', te: 'trailers', ':path': '/', 'x-forwarded-for': '1.1.1.1' };
    expect(forwardedHeaders({ headers, peer: { address: '2.2.2.2' } })).toEqual({ accept: 'a', 'x-forwarded-for': '1.1.1.1, 2.2.2.2' });
  });
});

describe('relayedHeaders', () => {
  it('passes on what is no matter of the connection', () => {
    expect(relayedHeaders({ 'content-length': '3', connection: 'close', 'transfer-encoding': 'chunked', 'audit-id': 'x', warning: ['a', 'b'] as unknown as string, etag: 'e' })).toEqual({ 'content-length': '3', warning: 'a, b', etag: 'e' });
  });
});

describe('serviceFault', () => {
  const service = (spec: object): coreV1.Service => ({ kind: 'Service', apiVersion: 'v1', metadata: { name: 's' }, spec } as coreV1.Service); // the parts that count
  const slice = (ports: object[], endpoints: object[]): Parameters<typeof serviceFault>[2][number] => ({ addressType: 'IPv4', ports, endpoints } as unknown as Parameters<typeof serviceFault>[2][number]); // likewise
  const web = service({ ports: [{ name: 'web', port: 443 }] });
  const ready = [{ addresses: ['10.0.0.1'] }];
  it.each<[string, coreV1.Service | undefined, Parameters<typeof serviceFault>[2], string | undefined]>([
    ['no service', undefined, [], 'ServiceNotFound'],
    ['another port', service({ ports: [{ port: 80 }] }), [], 'ServicePortError'],
    ['no slices', web, [], 'EndpointsNotFound'],
    ['slices of another port', web, [slice([{ name: 'b', port: 1 }], ready)], 'MissingEndpoints'],
    ['nobody ready', web, [slice([{ name: 'web', port: 1 }], [{ addresses: ['10.0.0.1'], conditions: { ready: false } }])], 'MissingEndpoints'],
    ['somebody ready', web, [slice([{ name: 'web', port: 1 }], ready)], undefined],
    ['a name elsewhere', service({ type: 'ExternalName', externalName: 'x' }), [], undefined],
  ])('%s', (_name, found, slices, reason) => { expect(serviceFault(SERVICE, found, slices)?.reason).toBe(reason); });
});

describe('withAvailability', () => {
  const passed = { status: 'True', reason: 'Passed', message: 'all checks passed' } as const;
  it('changes what differs, and the time only with the status', () => {
    expect(withAvailability(apiService(), passed, 0)?.status?.conditions).toEqual([{ type: 'Available', lastTransitionTime: '1970-01-01T00:00:00Z', ...passed }]);
    expect(withAvailability(apiService([{ type: 'Available', lastTransitionTime: 'then', ...passed }]), passed, 0)).toBeUndefined();
    expect(withAvailability(apiService([{ type: 'Available', lastTransitionTime: 'then', ...passed, reason: 'Other' }]), passed, 0)?.status?.conditions?.[0]?.lastTransitionTime).toBe('then');
    expect(withAvailability({ ...apiService(), spec: { group: 'g', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 } }, passed, 0)).toBeUndefined();
  });
});

describe('remoteVersion', () => {
  it('knows where a version is answered', () => {
    expect(remoteVersion(apiService())).toEqual({ name: 'v1.g', group: 'g', version: 'v1', groupPriority: 10, versionPriority: 5, service: SERVICE, serverName: 's.n.svc', caBundle: '', insecure: false, isAvailable: false });
    expect(remoteVersion(apiService([{ type: 'Available', status: 'True' }]))?.isAvailable).toBe(true);
  });
});

describe('resourcesOf', () => {
  it('puts subresources under what they belong to', () => {
    const list = { resources: [{ name: 'a/status', kind: 'A', verbs: ['get'] }, { name: 'a', singularName: 'one', namespaced: true, kind: 'A', verbs: ['get'], categories: ['all'] }, { name: 'b/scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get'] }, 'odd', {}] };
    expect(resourcesOf(list as never, { group: 'g', version: 'v1' })).toEqual([
      { resource: 'a', responseKind: { group: 'g', version: 'v1', kind: 'A' }, scope: 'Namespaced', singularResource: 'one', verbs: ['get'], categories: ['all'], subresources: [{ subresource: 'status', responseKind: { group: 'g', version: 'v1', kind: 'A' }, verbs: ['get'] }] },
      { resource: 'b', responseKind: { group: '', version: '', kind: '' }, scope: 'Cluster', singularResource: '', verbs: [], subresources: [{ subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['get'] }] },
    ]);
  });
});

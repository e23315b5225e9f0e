import { resources } from '@kubernode/api';
import { StatusError } from '@kubernode/apimachinery';
import type { ApiRequest, BufferedAnswer, RequestContext } from '../pipeline/api-request.ts';
import { discoveryHandler } from './discovery-handler.ts';
import type { ServedApi, OfferedResource } from './served-api.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const AGGREGATED_BETA = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

const widgets: OfferedResource = {
  group: 'example.com', version: 'v1beta1', resource: 'widgets', singular: 'widget', kind: 'Widget', namespaced: true, custom: true,
  verbs: ['delete', 'get'], etcdPrefix: '/registry/example.com/widgets/',
  subresources: [{ name: 'status', group: 'example.com', version: 'v1beta1', kind: 'Widget', verbs: ['get', 'patch', 'update'] }],
};

describe('discoveryHandler', () => {
  it('answers the core versions and its resources', async () => {
    expect(await body('/api')).toEqual({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }] });
    const list = await body('/api/v1/') as { kind: string; resources: { name: string }[] }; // the shape under test
    expect(list).not.toHaveProperty('apiVersion');
    expect(list.resources.find(({ name }) => name === 'pods')).toMatchObject({ singularName: 'pod', kind: 'Pod', shortNames: ['po'], categories: ['all'], storageVersionHash: 'xPOwRZ+Yhw8=' });
    expect(list.resources.find(({ name }) => name === 'pods/eviction')).toEqual({ name: 'pods/eviction', singularName: '', namespaced: true, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] });
  });

  it('prefers newer versions and keeps the order of groups', async () => {
    const { groups } = await body('/apis') as { groups: { name: string }[] }; // the shape under test
    expect(groups.map(({ name }) => name)).toEqual([
      'apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'certificates.k8s.io',
      'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'scheduling.k8s.io',
      'coordination.k8s.io', 'node.k8s.io', 'discovery.k8s.io', 'resource.k8s.io', 'flowcontrol.apiserver.k8s.io', 'example.com',
    ]);
    expect(await body('/apis/autoscaling')).toEqual({
      kind: 'APIGroup', apiVersion: 'v1', name: 'autoscaling', preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
      versions: [{ groupVersion: 'autoscaling/v2', version: 'v2' }, { groupVersion: 'autoscaling/v1', version: 'v1' }],
    });
  });

  it('aggregates for clients that ask for it, with an ETag', async () => {
    const answer = await ask('/apis', { accept: `${AGGREGATED},${AGGREGATED_BETA},application/json` });
    expect(answer.contentType).toBe(AGGREGATED);
    const { items } = parse(answer) as { items: { metadata: object; versions: object[] }[] }; // the shape under test
    expect(items.at(-1)).toEqual({
      metadata: { name: 'example.com' },
      versions: [{
        version: 'v1beta1', freshness: 'Current',
        resources: [{
          resource: 'widgets', responseKind: { group: 'example.com', version: 'v1beta1', kind: 'Widget' }, scope: 'Namespaced', singularResource: 'widget', verbs: ['delete', 'get'],
          subresources: [{ subresource: 'status', responseKind: { group: 'example.com', version: 'v1beta1', kind: 'Widget' }, verbs: ['get', 'patch', 'update'] }],
        }],
      }],
    });
    const etag = answer.headers?.['ETag'] ?? '';
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    expect(await ask('/apis', { accept: AGGREGATED, 'if-none-match': etag })).toMatchObject({ status: 304, body: [] });
  });

  it.each([
    ['/api', { 'user-agent': 'curl/8.0' }, true],
    ['/apis', { accept: `${AGGREGATED};pretty=1` }, true],
    ['/apis/apps', { accept: 'application/json;pretty=1' }, true],
    ['/apis/apps/v1', { 'user-agent': 'Mozilla/5.0 (X11)' }, true],
    ['/apis/apps/v1', { 'user-agent': 'kubectl/v1.36.2' }, false],
  ])('indents %s for %j: %s', async (path, headers, pretty) => {
    const { body: bytes } = await ask(path, headers);
    expect(bytes.toString().startsWith('{\n')).toBe(pretty);
  });

  it.each([
    ['/apis', AGGREGATED_BETA, 406],
    ['/apis/apps', AGGREGATED, 406],
    ['/apis/apps/v1', `${AGGREGATED},application/json`, 200],
    ['/apis', 'text/html', 406],
    ['/apis', 'application/*', 200],
    ['/apis', 'application/json;as=', 200],
    ['/apis', 'application/json;sv=v1', 406],
    ['/apis', 'application/yaml;stream=watch', 406],
    ['/apis/', AGGREGATED, 406],
    ['/apis/missing', 'text/html', 404],
    ['/apis', '*/*', 200],
    ['/apis/apps/v3', '*/*', 404],
    ['/apis/nope.example.com', '*/*', 404],
    ['/api/v2', '*/*', 404],
  ])('%s with Accept %s is %i', async (path, accept, status) => {
    await expect(ask(path, { accept }).catch(statusOf)).resolves.toMatchObject({ status });
  });

  it('makes documents anew when the served API changes', async () => {
    let served: ServedApi = { version: 1, resources };
    const handler = discoveryHandler({ served: () => served, serverAddress: '', encoders: NO_ENCODERS });
    const group = () => handler.handle(request('/apis/example.com'), CONTEXT) as Promise<BufferedAnswer>; // the handler only buffers
    expect((await group()).status).toBe(404);
    served = { version: 2, resources: [...resources, widgets] };
    expect((await group()).status).toBe(200);
  });
});

const NO_ENCODERS = { 'application/yaml': () => Buffer.from('yaml'), 'application/vnd.kubernetes.protobuf': () => Buffer.from('protobuf') };
const CONTEXT = {} as RequestContext; // discovery does not look at it
const handler = discoveryHandler({ served: () => ({ version: 1, resources: [...resources, widgets] }), serverAddress: '10.0.0.1:6443', encoders: NO_ENCODERS });

async function ask(path: string, headers: Record<string, string> = {}): Promise<BufferedAnswer> {
  return await handler.handle(request(path, headers), CONTEXT) as BufferedAnswer; // the handler only buffers
}

async function body(path: string): Promise<unknown> {
  return parse(await ask(path));
}

function parse(answer: BufferedAnswer): unknown {
  return JSON.parse(answer.body.toString()) as unknown;
}

function statusOf(error: unknown): { status: number } {
  return { status: error instanceof StatusError ? error.code : 0 };
}

function request(path: string, headers: Record<string, string> = {}): ApiRequest {
  return { method: 'GET', path, headers, query: new URLSearchParams(), body: Buffer.alloc(0), peer: { address: '' }, signal: new AbortController().signal, receivedAt: 0, transport: 'https' };
}

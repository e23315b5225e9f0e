import type { Client } from '@kubernode/client';
import { discoverResources, discoveryFault } from './discovered-resources.ts';

const resource = (name: string, scope = 'Namespaced'): object => ({ resource: name, responseKind: { kind: name.toUpperCase() }, scope, verbs: ['list'], subresources: [{ subresource: 'status' }] });
const group = (name: string, ...versions: object[]): object => ({ metadata: name === '' ? {} : { name }, versions });

function clientOf(core: object[], groups: object[], status = 200): Client {
  const request: Client['request'] = ({ path }) => Promise.resolve({ status, contentType: 'application/json', warnings: [], body: Buffer.from(JSON.stringify({ kind: 'APIGroupDiscoveryList', items: path === '/api' ? core : groups })) });
  return { request } as unknown as Client; // nothing else is called
}

const discover = (...documents: Parameters<typeof clientOf>): ReturnType<typeof discoverResources> => discoverResources(clientOf(...documents), new AbortController().signal);

describe('discoverResources', () => {
  test('finds each resource once, in the preferred of its own versions, and every version of every kind', async () => {
    const { resources, byKind, stale } = await discover(
      [group('', { version: 'v1', resources: [resource('pods'), resource('nodes', 'Cluster')] })],
      [group('example.com', { version: 'v2', resources: [resource('widgets')] }, { version: 'v1', resources: [resource('widgets'), resource('gadgets')] })],
    );
    expect(resources.map(({ version, resource: name, group: of, namespaced }) => `${name}.${version}.${of} ${namespaced}`)).toEqual(['pods.v1. true', 'nodes.v1. false', 'widgets.v2.example.com true', 'gadgets.v1.example.com true']);
    expect([...byKind.keys()]).toEqual(['v1 PODS', 'v1 NODES', 'example.com/v2 WIDGETS', 'example.com/v1 WIDGETS', 'example.com/v1 GADGETS']);
    expect(stale).toEqual([]);
  });

  test('tells of versions whose server does not answer', async () => {
    const { resources, stale } = await discover([group('', { version: 'v1', resources: [resource('pods')] })], [group('metrics.k8s.io', { version: 'v1beta1', freshness: 'Stale' })]);
    expect([resources.length, stale]).toEqual([1, ['metrics.k8s.io/v1beta1']]);
    expect(discoveryFault(stale)).toBe('unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1');
  });

  test('fails when the server does not answer at all', async () => {
    await expect(discover([], [], 503)).rejects.toThrow('discovery at /api: the server answered 503');
  });
});

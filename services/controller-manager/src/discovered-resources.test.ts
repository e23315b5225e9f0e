import type { Client } from '@kubernode/client';
import { discoverResources } from './discovered-resources.ts';

const resource = (name: string, verbs = ['list', 'delete', 'watch']): object => ({ name, kind: name.toUpperCase(), namespaced: true, verbs });
const group = (name: string, ...versions: string[]): object => {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
};

function clientOf(documents: Record<string, object | undefined>): Client {
  const request: Client['request'] = ({ path }) => Promise.resolve({ status: documents[path] === undefined ? 503 : 200, contentType: 'application/json', warnings: [], body: Buffer.from(JSON.stringify(documents[path] ?? {})) });
  return { request } as unknown as Client; // nothing else is called
}

const found = async (documents: Record<string, object | undefined>): Promise<{ names: string[]; failures: readonly string[] }> => {
  const { resources, failures } = await discoverResources(clientOf(documents), new AbortController().signal);
  return { names: resources.map(({ version, resource: name, group: of }) => `${name}.${version}.${of}`), failures };
};

describe('discoverResources', () => {
  test('finds each resource once, in the preferred of its own versions', async () => {
    expect(await found({
      '/api/v1': { resources: [resource('pods'), resource('pods/log'), resource('bindings', ['create'])] },
      '/apis': { groups: [group('example.com', 'v2', 'v1')] },
      '/apis/example.com/v2': { resources: [resource('widgets')] },
      '/apis/example.com/v1': { resources: [resource('widgets'), resource('gadgets')] },
    })).toEqual({ names: ['pods.v1.', 'widgets.v2.example.com', 'gadgets.v1.example.com'], failures: [] });
  });

  test('goes on where a version does not answer, and says so', async () => {
    expect(await found({ '/api/v1': { resources: [resource('pods')] }, '/apis': { groups: [group('broken.example.com', 'v1')] } })).toEqual({ names: ['pods.v1.'], failures: ['broken.example.com/v1: the server answered 503'] });
  });
});

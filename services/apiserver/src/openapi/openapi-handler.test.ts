import { gunzipSync } from 'node:zlib';
import { resources } from '@kubernode/api';
import type { OfferedResource } from '../discovery/served-api.ts';
import type { ApiRequest, BufferedAnswer, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { openApiHandler } from './openapi-handler.ts';
import type { RemoteDocuments } from './remote-documents.ts';

const widgets: OfferedResource = {
  group: 'example.com', version: 'v1', resource: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetCollection', namespaced: true, custom: true, verbs: ['get', 'list', 'patch', 'create', 'watch'],
  customSchema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } },
};

interface Document { openapi?: string; swagger?: string; paths: Record<string, Record<string, { operationId: string }>>; components: { schemas: Record<string, { properties: Record<string, unknown> }> }; definitions: Record<string, { properties: Record<string, unknown> }> }

describe('openApiHandler', () => {
  it('lists all documents with hashes that lead to them', async () => {
    const { paths } = JSON.parse((await ask('/openapi/v3')).body.toString()) as { paths: Record<string, { serverRelativeURL: string }> }; // the shape under test
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['.well-known/openid-configuration', 'api', 'api/v1', 'apis', 'apis/apps', 'apis/apps/v1', 'apis/example.com/v1', 'version']));
    expect(paths).not.toHaveProperty(['apis/example.com']);
    const [path = '', query = ''] = (paths['apis/apps/v1']?.serverRelativeURL ?? '').split('?');
    expect(await ask(path, {}, query)).toMatchObject({ status: 200, headers: { 'Cache-Control': 'public, immutable' } });
    expect(await ask(path, {}, 'hash=OLD')).toMatchObject({ status: 301, headers: { Location: `${path}?${query}` } });
  });

  it('describes operations and schemas of one version', async () => {
    const document = await parsed('/openapi/v3/apis/apps/v1');
    expect(document.openapi).toBe('3.0.0');
    expect(document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale']?.['put']).toMatchObject({
      operationId: 'replaceAppsV1NamespacedDeploymentScale', tags: ['apps_v1'], 'x-kubernetes-action': 'put', 'x-kubernetes-group-version-kind': { group: 'autoscaling', kind: 'Scale', version: 'v1' },
    });
    expect(document.components.schemas).toHaveProperty(['io.k8s.api.core.v1.Container']);
    expect(document.components.schemas).not.toHaveProperty(['io.k8s.api.core.v1.ConfigMap']);
    expect(document.components.schemas['io.k8s.api.core.v1.Toleration']?.properties['operator']).toMatchObject({ enum: ['Equal', 'Exists', 'Gt', 'Lt'] });
  });

  it('tells what the fields of every object are for', async () => {
    const { components } = await parsed('/openapi/v3/apis/example.com/v1');
    expect(components.schemas['com.example.v1.Widget']?.properties).toMatchObject({ apiVersion: { description: expect.stringContaining('APIVersion') as string }, spec: expect.not.objectContaining({ description: expect.anything() as unknown }) as object });
    const untold = Object.values(components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']?.properties ?? {}).filter((property) => !(property as object).hasOwnProperty('description'));
    expect(untold).toEqual([]);
  });

  it.each([
    ['/openapi/v2', '*/*'], ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'],
    ['/openapi/v3/api/v1', '*/*'], ['/openapi/v3/api/v1', 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
  ])('tells in %s, asked for as %s, what types and fields are for', async (path, accept) => {
    const text = (await ask(path, { accept })).body.toString();
    expect(text).toContain('A program that runs in a pod, from an image.');
    expect(text).toContain('The directory in which the program starts;');
    expect(text).toMatch(/REPOSITORY@DIGEST/);
    expect(text).toMatch(/Possible enum values:(\\n|\n) - `(\\)?"FallbackToLogsOnError(\\)?"`/);
  });

  it('describes custom resources by their own schemas', async () => {
    const document = await parsed('/openapi/v3/apis/example.com/v1');
    expect(document.components.schemas['com.example.v1.Widget']).toMatchObject({
      properties: { spec: { properties: { size: { type: 'integer' } } }, kind: { type: 'string' } }, 'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
    });
    expect(document.paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}']?.['patch']?.operationId).toBe('patchExampleComV1NamespacedWidget');
    expect(Object.keys(document.paths).filter((path) => path.includes('/watch/'))).toEqual([]);
    const text = JSON.stringify(document.paths);
    expect(text).toContain('#/components/schemas/com.example.v1.WidgetCollection');
    expect(text).not.toMatch(/protobuf|\*\/\*|strategic/);
  });

  it('describes everything in one Swagger document without references into version 3', async () => {
    const text = (await ask('/openapi/v2')).body.toString();
    expect(text).not.toContain('#/components/');
    const document = JSON.parse(text) as Document; // the shape under test
    expect(document.swagger).toBe('2.0');
    expect(document.definitions['io.k8s.api.core.v1.Pod']?.properties['spec']).toEqual({ $ref: '#/definitions/io.k8s.api.core.v1.PodSpec', description: expect.stringMatching(/^What the pod /) as string });
    expect(document.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toEqual({ description: expect.stringMatching(/^A whole number/) as string, type: 'string', format: 'int-or-string' });
  });

  it.each([
    ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf', 200, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'],
    ['/openapi/v3/apis/batch/v1', 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf', 200, 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
    ['/openapi/v2', 'text/html', 406, ''],
    ['/openapi/v3/apis/batch/v1', 'text/html', 406, ''],
    ['/openapi/v3/apis/nope.example.com/v1', '*/*', 404, ''],
    ['/openapi/v3/apis/nope.example.com/v1', 'text/html', 404, ''],
  ])('%s as %s is %i', async (path, accept, status, contentType) => {
    expect(await ask(path, { accept })).toMatchObject({ status, contentType });
  });

  it.each([
    ['/openapi/v2', '*/*', 'Accept-Encoding, Accept'], ['/openapi/v2', 'text/html', 'Accept-Encoding, Accept'],
    ['/openapi/v3/apis/batch/v1', '*/*', 'Accept'], ['/openapi/v3/apis/batch/v1', 'text/html', 'Accept'],
  ])('%s as %s says that it varies by %s', async (path, accept, vary) => {
    expect((await ask(path, { accept })).headers).toMatchObject({ Vary: vary });
  });

  it('begins the protobuf form with the version and a title', async () => {
    const answer = await ask('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' });
    expect(Buffer.concat([answer.body].flat()).subarray(0, 17).toString('latin1')).toBe('\n\x032.0\x12\x15\n\nKubernet');
  });

  it('sends the compressed form as it is and answers 304', async () => {
    const answer = await ask('/openapi/v3/version', { 'accept-encoding': 'gzip, deflate' });
    expect(answer.headers).toMatchObject({ 'Content-Encoding': 'gzip' });
    expect(JSON.parse(gunzipSync(answer.body as Buffer).toString())).toMatchObject({ openapi: '3.0.0' }); // one piece
    expect(await ask('/openapi/v3/version', { 'if-none-match': answer.headers?.['ETag'] ?? '' })).toMatchObject({ status: 304, body: [] });
  });
});

describe('openApiHandler with other servers', () => {
  const things = (type: string): RemoteDocuments['swagger'] => () => [{ tag: type, document: { swagger: '2.0', info: { title: 'other' }, paths: { '/apis/ext.example.com/v1/things': { get: { responses: { 200: { schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } } } } } }, definitions: { 'io.k8s.api.core.v1.Pod': { type } } } }];
  const document = { openapi: '3.0.0', info: { title: 'other', version: '' }, paths: {}, components: { schemas: {}, securitySchemes: {} } } as const;
  const remote = { revision: 1, swagger: things('object'), urls: () => new Map([['apis/ext.example.com/v1', '/elsewhere?hash=1'], ['version', '/never']]), converted: () => new Map([['apis/old.example.com/v1', { tag: 'a', document }]]), passOn: (name: string) => Promise.resolve(textAnswer(200, `passed on ${name}`)) };
  const asked = async (path: string, headers: Record<string, string> = {}): Promise<BufferedAnswer> => {
    const { handle } = openApiHandler({ served: () => ({ version: 1, resources }), gitVersion: 'v1.36.2', release: '1', remote });
    return await handle(request(path, headers, ''), {} as RequestContext) as BufferedAnswer; // likewise
  };

  it('describes what they serve, and nothing under a name that means something else here', async () => {
    const { info, paths, definitions } = JSON.parse((await asked('/openapi/v2')).body.toString()) as { info: object; paths: Record<string, object>; definitions: Record<string, object> }; // the shape under test
    expect([info, paths['/apis/ext.example.com/v1/things']]).toEqual([{ title: 'Kubernetes', version: 'v1.36.2' }, { get: { responses: { 200: { schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod_v2' } } } } }]);
    expect([Object.keys(definitions['io.k8s.api.core.v1.Pod'] ?? {}), definitions['io.k8s.api.core.v1.Pod_v2']]).toEqual([expect.arrayContaining(['properties']), { type: 'object' }]);
  });

  it('changes the tag of the document with theirs', async () => {
    const etag = (await asked('/openapi/v2')).headers?.['ETag'] ?? '';
    expect((await asked('/openapi/v2', { 'if-none-match': etag })).status).toBe(304);
    remote.swagger = things('array');
    expect((await asked('/openapi/v2', { 'if-none-match': etag })).status).toBe(200);
    remote.swagger = things('object');
  });

  it('lists their documents beside its own, in order, and prefers its own', async () => {
    const { paths } = JSON.parse((await asked('/openapi/v3')).body.toString()) as { paths: Record<string, { serverRelativeURL: string }> }; // the shape under test
    expect([paths['apis/ext.example.com/v1'], Object.keys(paths)]).toEqual([{ serverRelativeURL: '/elsewhere?hash=1' }, Object.keys(paths).sort()]);
    expect([paths['version']?.serverRelativeURL, paths['apis/old.example.com/v1']?.serverRelativeURL]).toEqual([expect.stringMatching(/^\/openapi\/v3\/version\?hash=/), expect.stringMatching(/^\/openapi\/v3\/apis\/old.example.com\/v1\?hash=/)]);
  });

  it.each([['apis/ext.example.com/v1', 'passed on apis/ext.example.com/v1'], ['apis/old.example.com/v1', JSON.stringify(document)], ['version', '"openapi":"3.0.0"']])('answers %s', async (name, body) => {
    expect((await asked(`/openapi/v3/${name}`)).body.toString()).toContain(body);
  });
});

const handler = openApiHandler({ served: () => ({ version: 1, resources: [...resources, widgets] }), gitVersion: 'v1.36.2', release: '1' });

async function ask(path: string, headers: Record<string, string> = {}, query = ''): Promise<BufferedAnswer> {
  return await handler.handle(request(path, headers, query), {} as RequestContext) as BufferedAnswer; // only buffers, and looks at no context
}

async function parsed(path: string): Promise<Document> {
  return JSON.parse((await ask(path)).body.toString()) as Document; // the shape under test
}

function request(path: string, headers: Record<string, string>, query: string): ApiRequest {
  return { method: 'GET', path, headers, query: new URLSearchParams(query), body: Buffer.alloc(0), peer: { address: '' }, signal: new AbortController().signal, receivedAt: 0, transport: 'https' };
}

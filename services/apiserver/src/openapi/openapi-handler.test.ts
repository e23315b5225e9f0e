import { gunzipSync } from 'node:zlib';
import { resources } from '@kubernode/api';
import type { OfferedResource } from '../discovery/served-api.ts';
import type { ApiRequest, BufferedAnswer, RequestContext } from '../pipeline/api-request.ts';
import { openApiHandler } from './openapi-handler.ts';

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
    expect(document.definitions['io.k8s.api.core.v1.Pod']?.properties['spec']).toEqual({ $ref: '#/definitions/io.k8s.api.core.v1.PodSpec' });
    expect(document.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toEqual({ type: 'string', format: 'int-or-string' });
  });

  it.each([
    ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf', 200, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'],
    ['/openapi/v3/apis/batch/v1', 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf', 200, 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'],
    ['/openapi/v2', 'text/html', 406, ''],
    ['/openapi/v3/apis/batch/v1', 'text/html', 406, ''],
    ['/openapi/v3/apis/nope.example.com/v1', '*/*', 404, ''],
  ])('%s as %s is %i', async (path, accept, status, contentType) => {
    expect(await ask(path, { accept })).toMatchObject({ status, contentType });
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

const handler = openApiHandler({ served: () => ({ version: 1, resources: [...resources, widgets] }), gitVersion: 'v1.36.2' });

async function ask(path: string, headers: Record<string, string> = {}, query = ''): Promise<BufferedAnswer> {
  return await handler.handle(request(path, headers, query), {} as RequestContext) as BufferedAnswer; // only buffers, and looks at no context
}

async function parsed(path: string): Promise<Document> {
  return JSON.parse((await ask(path)).body.toString()) as Document; // the shape under test
}

function request(path: string, headers: Record<string, string>, query: string): ApiRequest {
  return { method: 'GET', path, headers, query: new URLSearchParams(query), body: Buffer.alloc(0), peer: { address: '' }, signal: new AbortController().signal, receivedAt: 0, transport: 'https' };
}

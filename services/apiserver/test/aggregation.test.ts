import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '@kubernode/base';
import { freePort } from '@kubernode/testing';
import { Fixtures, startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestAnswer, type TestFolder } from './auth-server.ts';

/** An API server of group ext.example.com, as small as one can be. */
interface ExtensionServer extends AsyncDisposable { port: number; seen: { target: string; headers: IncomingMessage['headers']; groups: string[]; hasCertificate: boolean; body: string }[]; answer: (message: IncomingMessage, response: ServerResponse) => boolean }

const VERSION = '/apis/ext.example.com/v1';
const THING = { type: 'object', properties: { kind: { type: 'string' } }, 'x-kubernetes-group-version-kind': [{ group: 'ext.example.com', version: 'v1', kind: 'Thing' }] };
const SWAGGER = {
  swagger: '2.0', info: { title: 'ext', version: '1' },
  paths: { [`${VERSION}/things`]: { get: { operationId: 'listThings', responses: { 200: { schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } } } } }, '/version/': { get: { operationId: 'own' } }, '/apis/ext.example.com/v2/things': { get: {} } },
  definitions: { 'io.k8s.api.core.v1.Pod': THING },
};
const RESOURCES = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'ext.example.com/v1', resources: [{ name: 'things', singularName: 'thing', namespaced: true, kind: 'Thing', verbs: ['get', 'list'], shortNames: ['th'] }, { name: 'things/status', singularName: '', namespaced: true, kind: 'Thing', verbs: ['get'] }] };

async function startExtension(folder: TestFolder): Promise<ExtensionServer> {
  const { certificate, key } = await folder.certificate('ext', { dnsNames: ['ext.default.svc'] });
  const extension: Omit<ExtensionServer, typeof Symbol.asyncDispose> = { port: await freePort(), seen: [], answer: () => false };
  const server = https.createServer({ cert: certificate, key, ca: folder.authority.certificate, requestCert: true, rejectUnauthorized: false }, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    message.on('end', () => {
      const hasCertificate = (message.socket as import('node:tls').TLSSocket).authorized; // the server speaks TLS alone
      extension.seen.push({ target: message.url ?? '', headers: message.headers, groups: message.headersDistinct['x-remote-group'] ?? [], hasCertificate, body: Buffer.concat(chunks).toString() });
      if (extension.answer(message, response)) return;
      const documents: Readonly<Record<string, object>> = {
        [VERSION]: RESOURCES, '/openapi/v2': SWAGGER,
        '/openapi/v3': { paths: { 'apis/ext.example.com/v1': { serverRelativeURL: '/openapi/v3/apis/ext.example.com/v1?hash=1' } } }, [`/openapi/v3${VERSION}?hash=1`]: { openapi: '3.0.0', own: true },
      };
      const document = documents[message.url ?? ''];
      if (message.url === '/openapi/v2' && message.headers['if-none-match'] === '"first"') response.writeHead(304).end();
      else if (document === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Status', path: message.url }));
      else response.writeHead(200, { 'content-type': 'application/json', etag: '"first"' }).end(JSON.stringify(document));
    });
  });
  server.on('upgrade', (message, socket) => { socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-User: ${String(message.headers['x-remote-user'])}\r\n\r\n`); socket.pipe(socket); });
  await new Promise<void>((resolve) => { server.listen(extension.port, '127.0.0.1', resolve); });
  return Object.assign(extension, { async [Symbol.asyncDispose]() { server.closeAllConnections(); await new Promise((resolve) => { server.close(resolve); }); } });
}

let etcd: EtcdProcess;
let folder: TestFolder;
let server: AuthServer;
let extension: ExtensionServer;

const admin = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> => server.request({ method, path, token: 'admin-token', body, headers });
const condition = async (): Promise<{ status: string; reason: string; message: string } | undefined> => {
  const { body } = await admin('GET', '/apis/apiregistration.k8s.io/v1/apiservices/v1.ext.example.com');
  return (body.status as { conditions?: { status: string; reason: string; message: string }[] }).conditions?.[0]; // an APIService's
};

async function until<T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += 100) {
    const value = await look();
    if (holds(value) || waitedMs > 15_000) return value;
    await systemClock.sleep(100);
  }
}

const fixtures = new Fixtures();
beforeAll(async () => {
  etcd = await fixtures.use(startEtcd());
  folder = await fixtures.use(testFolder());
  const { certificate, key } = await folder.certificate('aggregator');
  server = await fixtures.use(startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--proxy-client-cert-file=${folder.file('proxy.crt', certificate)}`, `--proxy-client-key-file=${folder.file('proxy.key', key)}`]));
  extension = await fixtures.use(startExtension(folder));
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose]());

describe('aggregated API servers', () => {
  it('are unavailable until their service is there and answers', async () => {
    const spec = { group: 'ext.example.com', version: 'v1', groupPriorityMinimum: 2_000, versionPriority: 10, caBundle: Buffer.from(folder.authority.certificate).toString('base64'), service: { namespace: 'default', name: 'ext', port: extension.port } };
    expect((await admin('POST', '/apis/apiregistration.k8s.io/v1/apiservices', { metadata: { name: 'v1.ext.example.com' }, spec })).status).toBe(201);
    expect(await until(condition, (one) => one !== undefined)).toMatchObject({ status: 'False', reason: 'ServiceNotFound', message: 'service/ext in "default" is not present' });
    const refused = await admin('GET', `${VERSION}/things`);
    expect([refused.status, refused.body.message]).toEqual([503, 'service unavailable\n']);
    expect((await admin('GET', '/apis/ext.example.com')).body).toMatchObject({ kind: 'APIGroup', name: 'ext.example.com' });
    await admin('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'ext' }, spec: { type: 'ExternalName', externalName: '127.0.0.1' } });
    expect(await until(condition, (one) => one?.status === 'True')).toMatchObject({ status: 'True', reason: 'Passed', message: 'all checks passed' });
  }, 30_000);

  it('get requests with who asks, in this server\'s name', async () => {
    extension.answer = (message, response) => {
      if (message.url?.startsWith(`${VERSION}/namespaces`) !== true) return false;
      response.writeHead(201, { 'content-type': 'application/json', 'x-own': 'yes', warning: '299 - "mind"' }).end('{"kind":"Thing"}');
      return true;
    };
    extension.seen.length = 0;
    const answer = await until(() => admin('POST', `${VERSION}/namespaces/a/things?dryRun=All`, { kind: 'Thing' }, { 'x-remote-user': 'liar', 'x-remote-extra-a': 'b', 'x-custom': 'c', 'impersonate-user': 'bob', 'impersonate-group': 'system:masters', 'impersonate-extra-a%2fb': 'v' }), ({ status }) => status !== 503);
    expect([answer.status, answer.body, answer.headers['x-own'], answer.headers['warning']]).toEqual([201, { kind: 'Thing' }, 'yes', '299 - "mind"']);
    const { target, headers, groups, hasCertificate, body } = extension.seen.find(({ target: path }) => path.includes('/namespaces/')) ?? extension.seen[0] as never; // fails below
    expect([target, groups, hasCertificate, body]).toEqual([`${VERSION}/namespaces/a/things?dryRun=All`, ['system:masters', 'system:authenticated'], true, '{"kind":"Thing"}']);
    expect(headers).toMatchObject({ 'x-remote-user': 'bob', 'x-remote-extra-a%2fb': 'v', 'x-custom': 'c', 'x-forwarded-for': '127.0.0.1', host: `127.0.0.1:${extension.port}` });
    expect(Object.keys(headers).filter((name) => name === 'authorization' || name === 'x-remote-extra-a' || name.startsWith('impersonate'))).toEqual([]);
  });

  it('are authorized here first', async () => {
    expect((await server.request({ path: `${VERSION}/namespaces/a/things`, token: 'alice-token' })).status).toBe(403);
  });

  it('show in discovery', async () => {
    const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const ours = async (): Promise<unknown> => {
      const { body } = await admin('GET', '/apis', undefined, { accept: aggregated });
      return (body['items'] as { metadata: { name: string }; versions: unknown[] }[]).find(({ metadata }) => metadata.name === 'ext.example.com')?.versions[0];
    };
    const kind = { group: 'ext.example.com', version: 'v1', kind: 'Thing' };
    expect(await until(ours, (one) => (one as { freshness?: string } | undefined)?.freshness === 'Current')).toEqual({
      version: 'v1', freshness: 'Current',
      resources: [{ resource: 'things', responseKind: kind, scope: 'Namespaced', singularResource: 'thing', verbs: ['get', 'list'], shortNames: ['th'], subresources: [{ subresource: 'status', responseKind: kind, verbs: ['get'] }] }],
    });
    expect((await admin('GET', VERSION)).body).toEqual(RESOURCES);
    const { paths } = JSON.parse(String((await admin('GET', '/openapi/v3')).body.message ?? '{}')) as { paths?: Record<string, unknown> };
    const index = paths ?? (await admin('GET', '/openapi/v3')).body['paths'] as Record<string, unknown>; // plain text or parsed
    expect(index['apis/ext.example.com/v1']).toEqual({ serverRelativeURL: '/openapi/v3/apis/ext.example.com/v1?hash=1' });
  });

  it('describe themselves in OpenAPI', async () => {
    interface Document { paths?: Record<string, unknown>; definitions?: Record<string, object> }
    const described = async (): Promise<Document> => (await admin('GET', '/openapi/v2')).body as Document; // the shape under test
    const { paths, definitions } = await until(described, ({ paths: known }) => known?.[`${VERSION}/things`] !== undefined);
    expect(paths?.[`${VERSION}/things`]).toEqual({ get: { operationId: 'listThings', responses: { 200: { schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod_v2' } } } } });
    expect([definitions?.['io.k8s.api.core.v1.Pod_v2'], paths?.['/apis/ext.example.com/v2/things'], paths?.['/version/']]).toEqual([THING, undefined, { get: expect.objectContaining({ operationId: 'getCodeVersion' }) }]);
    expect((await admin('GET', `/openapi/v3${VERSION}?hash=1`)).body).toEqual({ openapi: '3.0.0', own: true });
    expect((await admin('GET', '/openapi/v3/apis/ext.example.com/v2')).status).toBe(404);
  });

  it('are asked again when their APIService changes, and not for what is known', async () => {
    extension.seen.length = 0;
    await admin('PATCH', '/apis/apiregistration.k8s.io/v1/apiservices/v1.ext.example.com', { metadata: { labels: { touched: '1' } } }, { 'content-type': 'application/merge-patch+json' });
    const asked = await until(() => Promise.resolve(extension.seen.find(({ target }) => target === '/openapi/v2')), (one) => one !== undefined);
    expect(asked).toMatchObject({ hasCertificate: true, groups: [], headers: { accept: 'application/json', 'if-none-match': '"first"', 'x-remote-user': 'system:aggregator' } });
    expect((await admin('GET', '/openapi/v2')).body['paths']).toHaveProperty([`${VERSION}/things`]);
  });

  it('may stream, and hand connections over', async () => {
    const received = await new Promise<string>((resolve, reject) => {
      const request = https.request({ host: '127.0.0.1', port: server.port, path: `${VERSION}/namespaces/a/things/x/exec`, rejectUnauthorized: false, headers: { authorization: 'Bearer admin-token', connection: 'Upgrade', upgrade: 'echo' } });
      request.on('upgrade', (answer, socket) => { socket.once('data', (data: Buffer) => { resolve(`${String(answer.headers['x-user'])} ${data.toString()}`); socket.destroy(); }); socket.write('ping'); });
      request.on('response', (answer) => { reject(new Error(`no upgrade: ${answer.statusCode}`)); });
      request.on('error', reject);
      request.end();
    });
    expect(received).toBe('admin ping');
  });

  it('do not send clients elsewhere', async () => {
    extension.answer = (_message, response) => { response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end(); return true; };
    const { status, body } = await admin('GET', `${VERSION}/things`);
    expect([status, body.message]).toEqual([502, 'the backend attempted to redirect this request, which is not permitted']);
  });

  it('count as gone when they fail, and come back', async () => {
    extension.answer = (_message, response) => { response.writeHead(500).end(); return true; };
    await admin('PATCH', '/api/v1/namespaces/default/services/ext', { metadata: { labels: { touched: '1' } } }, { 'content-type': 'application/merge-patch+json' });
    const url = `https://127.0.0.1:${extension.port}${VERSION}`;
    expect(await until(condition, (one) => one?.status === 'False')).toMatchObject({ reason: 'FailedDiscoveryCheck', message: `failing or missing response from ${url}: bad status from ${url}: 500` });
    extension.answer = () => false;
    expect(await until(condition, (one) => one?.status === 'True')).toMatchObject({ reason: 'Passed' });
  }, 40_000);

  it('leave nothing behind', async () => {
    await admin('DELETE', '/apis/apiregistration.k8s.io/v1/apiservices/v1.ext.example.com');
    const gone = await until(() => admin('GET', VERSION), ({ status }) => status === 404);
    expect([gone.status, gone.body.message]).toEqual([404, '404 page not found\n']);
    expect((await admin('GET', '/openapi/v2')).body['paths']).not.toHaveProperty([`${VERSION}/things`]);
  });
});

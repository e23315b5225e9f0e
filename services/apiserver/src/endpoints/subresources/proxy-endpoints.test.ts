import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { gunzipSync, gzipSync } from 'node:zlib';
import { seededRng } from '@kubernode/base';
import { answerBody } from '../../pipeline/answer-body.ts';
import type { Answer, ApiRequest, RequestContext } from '../../pipeline/api-request.ts';
import { requestInfoOf } from '../../filters/request-info.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { LocationParts } from './backend-location.ts';
import { isProxyable, splitSchemeNamePort } from './backend-location.ts';
import { backendPath, escapePath, proxyEndpoints } from './proxy-endpoints.ts';

type Objects = Readonly<Record<string, object>>;

/** A resource whose store holds some objects. */
function served(resource: string, objects: Objects): ServedResource {
  const store = { get: async (key: string) => (objects[key] === undefined ? undefined : { decode: () => objects[key] }) };
  return { storage: { group: '', resource, namespaced: resource !== 'nodes', store } } as unknown as ServedResource; // what locations read
}

const pod = (ip: string, ...ports: number[]): object => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', ports: ports.map((containerPort) => ({ containerPort })) }] }, status: { podIPs: [{ ip }] } });

function partsOf(objects: { pods?: Objects; services?: Objects; endpoints?: Objects; nodes?: Objects }): LocationParts {
  const { pods = {}, services = {}, endpoints = {}, nodes = {} } = objects;
  return {
    pods: served('pods', pods), services: served('services', services), endpoints: served('endpoints', endpoints), nodes: served('nodes', nodes),
    connection: { addressTypes: ['InternalIP'], credentials: {} }, rng: seededRng(1),
  };
}

const EVERYTHING = { admit: () => Promise.resolve(), validate: () => Promise.resolve() };

async function ask(parts: LocationParts, method: string, path: string, headers: Record<string, string> = {}, body: string = ''): Promise<Answer> {
  const [plain = '', search = ''] = path.split('?');
  const query = new URLSearchParams(search);
  const info = requestInfoOf(method, plain, query);
  const endpoint = proxyEndpoints(parts, EVERYTHING).find(({ resource, verb }) => resource === info.resource && verb === info.verb);
  const request = { method, path: plain, query, headers, body: Buffer.from(body), peer: { address: '10.9.9.9' }, signal: new AbortController().signal, transport: 'https' };
  return endpoint === undefined ? Promise.reject(new Error('no endpoint')) : endpoint.handle(request as unknown as ApiRequest, { info } as RequestContext); // what the endpoints read
}

describe('proxyEndpoints', () => {
  const service = { spec: { ports: [{ name: 'web', port: 80 }, { name: 'b', port: 81 }] } };
  const subset = (targetRef: object | undefined): object => ({ subsets: [{ addresses: [{ ip: '10.0.0.5', ...(targetRef && { targetRef }) }], ports: [{ name: 'web', port: 8080 }] }] });
  const parts = partsOf({
    pods: { 'n/p': pod('10.0.0.5', 8080), 'n/local': pod('127.0.0.1', 1), 'n/new': { metadata: { name: 'new' } } },
    services: { 'n/s': service, 'n/foreign': service, 'n/empty': service, 'n/bare': service },
    endpoints: { 'n/foreign': subset({ namespace: 'other', name: 'p' }), 'n/bare': subset(undefined), 'n/empty': {}, 'n/gone': subset({ namespace: 'n', name: 'gone' }) },
    nodes: { local: { metadata: { name: 'local' }, status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] } }, far: { metadata: { name: 'far' }, status: { addresses: [{ type: 'Hostname', address: 'far' }] } } },
  });

  it.each([
    ['pods/ftp:p:1', 400, 'invalid pod request "ftp:p:1"'], ['pods/a:b:c:d', 400, 'invalid pod request "a:b:c:d"'], ['pods/none', 404, 'pods "none" not found'],
    ['pods/local', 400, 'address not allowed'], ['pods/new', 400, 'address not allowed'], ['pods/p:99999', 503, 'error trying to reach service: dial tcp: address 99999: invalid port'],
    ['services/s:99', 503, 'no service port 99 found for service "s"'], ['services/none:80', 404, 'services "none" not found'], ['services/s', 404, 'services "s" not found'],
    ['services/empty', 503, 'no endpoints available for service "empty"'], ['services/foreign:web', 503, 'no endpoints available for service "foreign:web"'],
    ['services/bare:80', 503, 'no endpoints available for service "bare:80"'], ['services/gone:web', 503, 'no endpoints available for service "gone:web"'],
  ])('%s: %i %s', async (name, code, message) => {
    await expect(ask(parts, 'GET', `/api/v1/namespaces/n/${name}/proxy/x`)).rejects.toMatchObject({ code, message });
  });

  it.each([['none', 404, 'nodes "none" not found'], ['local', 400, 'address not allowed'], ['a:b:c:d', 400, 'invalid node request "a:b:c:d"'], ['far', 500, 'no preferred addresses found; known addresses: [{Hostname far}]']])('node %s: %i %s', async (name, code, message) => {
    await expect(ask(parts, 'GET', `/api/v1/nodes/${name}/proxy/x`)).rejects.toMatchObject({ code, message });
  });

  it('leads from a bare /proxy to one with a slash', async () => {
    expect(await ask(parts, 'GET', '/api/v1/namespaces/n/pods/p/proxy?a=b')).toMatchObject({ status: 301, headers: { Location: '/api/v1/namespaces/n/pods/p/proxy/?a=b' } });
  });
});

describe('what a backend answers', () => {
  const external = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address)).find(isProxyable);
  const whereThereIsANetwork = external === undefined ? it.skip : it;
  let seen: IncomingMessage | undefined;
  const answers: Record<string, (response: ServerResponse) => void> = {
    '/page/': (response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*', connection: 'x-private', 'x-private': '1', 'x-public': '2' }).end('<a href="/next">'),
    '/packed': (response) => response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync('<img src="/x.png">')),
    '/moved': (response) => response.writeHead(302, { location: '/login?a=b' }).end(),
    '/?method=DELETE': (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('the root'),
    '/a%20b': (response) => response.writeHead(418, { 'content-type': 'text/plain' }).end('short and stout'),
  };
  const server = createServer((request, response) => {
    seen = request;
    if (request.url === '/echo') request.pipe(response);
    else answers[request.url ?? '']?.(response);
  });
  beforeAll(() => new Promise<void>((resolve) => { server.listen(0, resolve); }));
  afterAll(() => new Promise<void>((resolve) => { server.close(() => resolve()); }));

  async function get(path: string, headers?: Record<string, string>, method: string = 'GET'): Promise<Answer> {
    const { port } = server.address() as AddressInfo; // it listens on a port
    return ask(partsOf({ pods: { 'n/p': pod(external ?? '') } }), method, `/api/v1/namespaces/n/pods/p:${port}/proxy${path}`, headers);
  }

  whereThereIsANetwork('has its links rewritten and its connection headers left out', async () => {
    const answer = await get('/page/', { host: 'localhost:8001', authorization: 'Bearer secret', cookie: 'c', 'x-forwarded-for': '1.2.3.4', connection: 'x-mine', 'x-mine': '1' });
    if (answer.kind !== 'buffered') throw new Error(`not a page: ${answer.kind}`);
    const { pathname } = new URL(answerBody(answer).toString().slice('<a href="'.length, -2), 'http://x');
    expect(pathname).toMatch(/^\/api\/v1\/namespaces\/n\/pods\/p:\d+\/proxy\/next$/);
    expect(answer.headers).toMatchObject({ 'x-public': '2' });
    expect(Object.keys(answer.headers ?? {})).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(access-control-|x-private|connection)/)]));
    expect(seen?.headers).toMatchObject({ host: 'localhost:8001', cookie: 'c', 'x-forwarded-for': '1.2.3.4, 10.9.9.9', 'x-forwarded-uri': expect.stringMatching(/\/proxy\/page\/$/) as string });
    expect(seen?.headers).not.toHaveProperty('authorization');
    expect(seen?.headers).not.toHaveProperty('x-mine');
  });

  whereThereIsANetwork('is rewritten under gzip, too', async () => {
    const answer = await get('/packed');
    expect(answer.kind === 'buffered' && gunzipSync(answerBody(answer)).toString()).toMatch(/\/proxy\/x\.png">$/);
  });

  whereThereIsANetwork('redirects below the proxy', async () => {
    expect(await get('/moved')).toMatchObject({ status: 302, headers: { location: expect.stringMatching(/\/proxy\/login\?a=b$/) as string } });
  });

  async function told(answer: Answer): Promise<unknown> {
    const pieces: Buffer[] = [];
    if (answer.kind === 'stream') await answer.write({ write: (written) => pieces.push(...written) > 0, drained: async () => undefined }, new AbortController().signal);
    return [answer.kind === 'stream' && answer.status, Buffer.concat(pieces).toString()];
  }

  whereThereIsANetwork('is passed on as it comes otherwise', async () => {
    expect(await told(await get('/a b'))).toEqual([418, 'short and stout']);
    expect(await told(await get('?method=DELETE', {}, 'DELETE'))).toEqual([200, 'the root']);
  });

  whereThereIsANetwork.each(['POST', 'DELETE'])('follows on the body of a %s', async (method) => {
    const { port } = server.address() as AddressInfo; // it listens on a port
    expect(await told(await ask(partsOf({ pods: { 'n/p': pod(external ?? '') } }), method, `/api/v1/namespaces/n/pods/p:${port}/proxy/echo`, {}, 'the body'))).toEqual([200, 'the body']);
  });
});

test.each([['', ''], ['/', '/'], ['/x', '/x'], ['/x/', '/x/'], ['//x//y/', '/x/y/'], ['/../x', '/x'], ['/..', '/']])('backendPath of /proxy%s is %j', (behind, path) => {
  const info = requestInfoOf('GET', `/api/v1/namespaces/n/pods/p/proxy${behind}`, new URLSearchParams());
  expect(backendPath(info)).toBe(path);
});

test('escapePath escapes as Go does', () => {
  expect(escapePath('/a b/é?#[]!\'()*;=@:+&$,~')).toBe('/a%20b/%C3%A9%3F%23%5B%5D%21%27%28%29%2A;=@:+&$,~');
});

test.each([['a', ['', 'a', '']], ['a:1', ['', 'a', '1']], ['https:a:1', ['https', 'a', '1']], ['http:a:', ['http', 'a', '']], [':1', undefined], ['ftp:a:1', undefined], ['', undefined], ['a:b:c:d', undefined]])('splitSchemeNamePort of %j', (id, parts) => {
  const split = splitSchemeNamePort(id);
  expect(split && [split.scheme, split.name, split.port]).toEqual(parts);
});

test.each([['10.0.0.1', true], ['8.8.8.8', true], ['127.0.0.1', false], ['169.254.1.1', false], ['0.0.0.0', false], ['224.0.0.1', false], ['255.255.255.255', false], ['fd00::1', true], ['::1', false], ['fe80::1', false], ['::ffff:127.0.0.1', false], ['', false], ['host', false]])('isProxyable of %j is %j', (ip, proxyable) => {
  expect(isProxyable(ip)).toBe(proxyable);
});

import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { Agent, request } from 'node:https';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { seededRng, systemClock } from '@kubernode/base';
import { createAuthority, issueCertificate, silentLogger } from '@kubernode/component-base';
import type { Answer, ApiRequest } from '../pipeline/api-request.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';
import { HttpsServer, type HttpsServerOptions } from './https-server.ts';

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
let tls: { cert: string; key: string };

beforeAll(async () => {
  const issue = { now: systemClock.now(), rng: seededRng(1) };
  const authority = await createAuthority({ commonName: 'ca', lifetimeMs: 3_600_000 }, issue);
  const pair = await issueCertificate(authority, { commonName: 'server', usages: ['server'], lifetimeMs: 3_600_000 }, issue);
  tls = { cert: pair.certificate, key: pair.key };
}, 30_000); // making keys takes what it takes

async function serving(handle: (request: ApiRequest) => Promise<Answer>, options: Pick<HttpsServerOptions, 'bodyBytesTotalMax' | 'isKnown'> = {}): Promise<{ server: HttpsServer; port: number; client: () => ClientHttp2Session } & AsyncDisposable> {
  const server = new HttpsServer({ host: '127.0.0.1', port: 0, tls, clock: systemClock, logger: silentLogger, handle, ...options });
  const port = await server.start();
  const clients: ClientHttp2Session[] = [];
  return {
    server, port,
    client: () => { const one = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false }); one.on('error', () => undefined); clients.push(one); return one; },
    [Symbol.asyncDispose]: async () => { for (const one of clients) one.destroy(); server.stopListening(); server.close(); await systemClock.sleep(0); },
  };
}

interface Got { status: number; headers: Record<string, unknown>; body: string }

function http1(port: number, path: string, { method = 'GET', body = '', own = agent } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent: own, headers: { accept: 'a' } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
    }).on('error', reject).end(body);
  });
}

function http2(client: ClientHttp2Session, path: string, { method = 'GET', body = '' } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':path': path, ':method': method, accept: 'a' });
    let text = '';
    let headers: Record<string, unknown> = {};
    stream.on('response', (given) => { headers = { ...given }; }).on('data', (chunk) => { text += String(chunk); }).on('error', reject).on('end', () => resolve({ status: Number(headers[':status']), headers, body: text }));
    if (body !== '') stream.end(body); // ends by itself otherwise
  });
}

async function echo(one: ApiRequest): Promise<Answer> {
  return jsonAnswer(one.method === 'POST' ? 201 : 200, { method: one.method, path: one.path, query: one.query.toString(), accept: one.headers['accept'], body: one.body.toString(), address: one.peer.address }, { 'Audit-Id': 'id', 'X-Own': 'yes' });
}

test.each([['GET', '/api/v1/pods?limit=1&x=%20'], ['POST', '/apis/a%2Fb'], ['HEAD', '/healthz']])('%s %s is answered alike over HTTP/2 and HTTP/1.1', async (method, path) => {
  await using one = await serving(echo);
  const body = method === 'POST' ? '{"kind":"x"}' : '';
  const [first, second] = [await http1(one.port, path, { method, body }), await http2(one.client(), path, { method, body })];
  const shown = ['content-type', 'content-length', 'cache-control', 'audit-id', 'x-own'];
  const reduced = ({ status, headers, body: text }: Got): object => ({ status, text, headers: shown.map((name) => headers[name]), date: typeof headers['date'] });
  expect(reduced(second)).toEqual(reduced(first));
  expect(reduced(second)).toMatchObject({ status: method === 'POST' ? 201 : 200, date: 'string' });
});

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
test.each<[string, string]>([
  ['a length and chunks', `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ['chunks and a length', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ['two lengths', `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
  ['a length with a sign', `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n${SMUGGLED}`],
  ['a length in another base', `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n${SMUGGLED}`],
  ['chunks by another name', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`],
  ['chunks that are not last', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n${SMUGGLED}`],
  ['a space before the colon', `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length : 0\r\n\r\n${SMUGGLED}`],
  ['a header that goes on in the next line', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ['a bare line feed between headers', `POST /x HTTP/1.1\r\nHost: a\nX: y\n\n${SMUGGLED}`],
  ['a bare carriage return', `POST /x HTTP/1.1\r\nHost: a\rContent-Length: 0\r\n\r\n${SMUGGLED}`],
  ['a chunk without a size', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n${SMUGGLED}`],
  ['a chunk of a size beyond numbers', `POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff0\r\n${SMUGGLED}`],
  ['a NUL in a header', `POST /x HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n${SMUGGLED}`],
  ['a line before the request', `\0GET / HTTP/1.1\r\nHost: a\r\n\r\n${SMUGGLED}`],
])('HTTP/1.1 with %s leaves nothing behind for another request', async (_what, bytes) => {
  const seen: string[] = [];
  await using one = await serving(async (request) => { seen.push(request.path); return echo(request); });
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connectTls({ host: '127.0.0.1', port: one.port, rejectUnauthorized: false }, () => { socket.write(Buffer.from(bytes, 'latin1')); });
    socket.on('data', (chunk: Buffer) => { text += chunk.toString('latin1'); }).on('error', () => undefined).on('close', () => resolve(text)); // the connection ends: nobody reads on
  });
  expect(seen).not.toContain('/smuggled');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('requests that cannot be understood are answered alike', async () => {
  await using one = await serving(echo);
  const bad = [await http1(one.port, '/%zz'), await http2(one.client(), '/%zz')];
  expect(bad.map(({ status, body }) => [status, (JSON.parse(body) as { reason: string }).reason])).toEqual([[400, 'BadRequest'], [400, 'BadRequest']]);
});

test('bodies beyond what all may hold together are refused with 429, over both, and taken again once others are answered', async () => {
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => { finish = resolve; });
  await using one = await serving(async (request) => { if (request.path === '/held') await held; return echo(request); }, { bodyBytesTotalMax: 100_000 });
  const client = one.client();
  const large = { method: 'POST', body: 'x'.repeat(60_000) };
  const first = http2(client, '/held', large);
  while (one.server.requestsPending < 1 || one.server.requestsRunning < 1) await systemClock.sleep(5);
  await systemClock.sleep(20); // all of it is there
  const refused = [await http1(one.port, '/', large), await http2(client, '/', large)];
  expect(refused.map(({ status, headers, body }) => [status, headers['retry-after'], (JSON.parse(body) as { reason: string }).reason])).toEqual([[429, '1', 'TooManyRequests'], [429, '1', 'TooManyRequests']]);
  finish();
  expect((await first).status).toBe(201);
  expect([(await http1(one.port, '/', large)).status, (await http2(client, '/', large)).status]).toEqual([201, 201]);
});

test('bodies of strangers have a quarter of the room, whoever else sends what', async () => {
  await using one = await serving(echo, { bodyBytesTotalMax: 100_000, isKnown: ({ headers }) => headers['x-known'] !== undefined });
  const body = 'x'.repeat(30_000);
  const post = (headers: Record<string, string>): Promise<number> => new Promise((resolve, reject) => {
    const stream = one.client().request({ ':path': '/', ':method': 'POST', ...headers });
    stream.on('response', ({ ':status': status }) => { resolve(Number(status)); }).on('error', reject).end(body);
  });
  expect([await post({}), await post({ 'x-known': 'yes' }), (await http1(one.port, '/', { method: 'POST', body })).status]).toEqual([429, 201, 429]);
});

test('requests that have begun to arrive are pending', async () => {
  await using one = await serving(echo);
  const stream = one.client().request({ ':path': '/', ':method': 'POST' });
  const answered = new Promise((resolve) => { stream.on('response', resolve); });
  stream.write('half');
  while (one.server.requestsPending === 0) await systemClock.sleep(5);
  one.server.stopListening();
  expect(one.server.requestsPending).toBe(1);
  stream.end();
  await answered;
  expect(one.server.requestsPending).toBe(0);
});

test('clients are sent away one connection after the other, and served until they go', async () => {
  await using one = await serving(echo);
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 1 }));
  const ask = async (): Promise<unknown[]> => Promise.all(agents.map(async (own) => (await http1(one.port, '/', { own })).headers['connection']));
  const client = one.client();
  const toldOver2 = new Promise((resolve) => { client.once('goaway', resolve); });
  expect([await ask(), (await http2(client, '/')).status]).toEqual([Array(4).fill('keep-alive'), 200]);
  const over = one.server.sendAway(1_000);
  const early = (await ask()).filter((said) => said === 'close').length;
  await over;
  await toldOver2;
  expect([early > 0, early < 4, (await ask()).filter((said) => said === 'close').length]).toEqual([true, true, 4 - early]);
  expect(await ask()).toEqual(Array(4).fill('keep-alive')); // by new connections: whoever balances may not know yet
  for (const own of agents) own.destroy();
});

test.each(['HTTP/1.1', 'HTTP/2'])('answers are pending until a slow client has taken them, over %s', async (protocol) => {
  const body = Buffer.alloc(16 * 1024 * 1024);
  let isHandled = false;
  await using one = await serving(async () => { isHandled = true; return { kind: 'buffered', status: 200, contentType: 'text/plain', body }; });
  const slow: Readable = protocol === 'HTTP/2' ? one.client().request({ ':path': '/' }) : await new Promise((resolve, reject) => { request({ host: '127.0.0.1', port: one.port, agent }, resolve).on('error', reject).end(); });
  while (!isHandled) await systemClock.sleep(5);
  await systemClock.sleep(50); // as much has left as goes into windows and buffers
  one.server.stopListening();
  expect(one.server.requestsPending).toBe(1);
  let taken = 0;
  for await (const chunk of slow) taken += (chunk as Buffer).length; // of a stream of bytes
  while (one.server.requestsPending > 0) await systemClock.sleep(5);
  expect(taken).toBe(body.length);
});

test('a stream ends in good order when the server says so, over both', async () => {
  await using one = await serving(async () => ({
    kind: 'stream', status: 200, contentType: 'application/json',
    write: async (sink, signal) => { sink.write([Buffer.from('{"n":1}\n'), Buffer.from('{"n":2}\n')]); await systemClock.sleep(60_000, { signal }).catch(() => undefined); sink.write([Buffer.from('{"last":true}\n')]); },
  }));
  const answers = [http1(one.port, '/'), http2(one.client(), '/')];
  while (one.server.requestsRunning < 2) await systemClock.sleep(5);
  one.server.stopListening();
  one.server.endStreams();
  expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array(2).fill('{"n":1}\n{"n":2}\n{"last":true}\n'));
  while (one.server.requestsRunning > 0) await systemClock.sleep(5);
});

test('a client that goes away aborts its request', async () => {
  const aborted: string[] = [];
  await using one = await serving((given) => new Promise((_, reject) => { given.signal.addEventListener('abort', () => { aborted.push(given.path); reject(new DOMException('gone', 'AbortError')); }); }));
  const client = one.client();
  const stream = client.request({ ':path': '/two' }).on('error', () => undefined);
  const socket = connectTls({ host: '127.0.0.1', port: one.port, rejectUnauthorized: false }, () => { socket.write('GET /one HTTP/1.1\r\nHost: x\r\n\r\n'); });
  while (one.server.requestsRunning < 2) await systemClock.sleep(5);
  stream.close(8);
  socket.destroy();
  while (aborted.length < 2) await systemClock.sleep(5);
  expect(aborted.sort()).toEqual(['/one', '/two']);
});

import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@kubernode/base';
import { EndpointConnection } from './endpoint-connection.ts';

const PATH = '/etcdserverpb.KV/Range';
const MESSAGE = Buffer.from('message');
const FRAMED = Buffer.concat([Buffer.of(0, 0, 0, 0, MESSAGE.length), MESSAGE]);

let server: Http2Server | undefined;
let connection: EndpointConnection | undefined;
afterEach(() => {
  connection?.close();
  server?.close();
});

async function serve(onStream: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void): Promise<EndpointConnection> {
  const started = createServer();
  server = started;
  started.on('stream', (stream, headers) => { stream.on('error', () => undefined); onStream(stream, headers); });
  await new Promise<void>((resolve) => { started.listen(0, '127.0.0.1', resolve); });
  connection = new EndpointConnection({ url: new URL(`http://127.0.0.1:${(started.address() as AddressInfo).port}`), tls: {}, clock: systemClock }); // a TCP server's address
  return connection;
}

function answer(stream: ServerHttp2Stream, trailers: Record<string, string>, body: readonly Buffer[] = [FRAMED]): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const piece of body) stream.write(piece);
  stream.end();
}

const call = { path: PATH, body: FRAMED, signal: undefined, timeoutMs: 3_000 };

test('a call says how long it may take, and whether a leader is needed', async () => {
  const seen: unknown[] = [];
  const to = await serve((stream, headers) => { seen.push([headers[':path'], headers['grpc-timeout'], headers['hasleader'], headers['te'], headers['content-type']]); answer(stream, { 'grpc-status': '0' }); });
  expect(String(await to.unary(call))).toBe('message');
  expect(String(await to.unary({ ...call, timeoutMs: 1_499.2, requireLeader: true }))).toBe('message');
  expect(seen).toEqual([[PATH, '3000m', undefined, 'trailers', 'application/grpc'], [PATH, '1500m', 'true', 'trailers', 'application/grpc']]);
});

test.each<[string, (stream: ServerHttp2Stream) => void, object]>([
  ['an answer in pieces', (stream) => answer(stream, { 'grpc-status': '0' }, [FRAMED.subarray(0, 3), FRAMED.subarray(3)]), { message: 'message' }],
  ['a refusal in trailers', (stream) => answer(stream, { 'grpc-status': '14', 'grpc-message': 'etcdserver: no leader' }, []), { code: 'unavailable', fateUnknown: false }],
  ['a refusal in the head, its text encoded', (stream) => stream.respond({ ':status': 200, 'grpc-status': '5', 'grpc-message': 'no%20such lease' }, { endStream: true }), { code: 'leaseNotFound', message: 'no such lease' }],
  ['no status', (stream) => answer(stream, {}), { code: 'unavailable', fateUnknown: true }],
  ['no message', (stream) => answer(stream, { 'grpc-status': '0' }, []), { code: 'protocol', fateUnknown: true }],
  ['a compressed message', (stream) => answer(stream, { 'grpc-status': '0' }, [Buffer.of(1, 0, 0, 0, 0)]), { code: 'protocol', fateUnknown: true }],
])('%s', async (_, onStream, expected) => {
  const to = await serve(onStream);
  expect(await to.unary(call).then((message) => ({ message: String(message) }), (error: unknown) => error)).toMatchObject(expected);
});

test('a call whose time is over is taken back, with an unknown fate; the connection goes on', async () => {
  const held: ServerHttp2Stream[] = [];
  const to = await serve((stream) => { if (held.push(stream) > 1) answer(stream, { 'grpc-status': '0' }); });
  await expect(to.unary({ ...call, timeoutMs: 60 })).rejects.toMatchObject({ code: 'deadlineExceeded', fateUnknown: true });
  expect(String(await to.unary(call))).toBe('message');
  expect(held[0]?.destroyed).toBe(true);
});

test('after a goodbye the next call opens a new connection', async () => {
  const sessions = new Set<unknown>();
  const to = await serve((stream) => { sessions.add(stream.session); answer(stream, { 'grpc-status': '0' }); stream.session?.close(); });
  await to.unary(call);
  await systemClock.sleep(50);
  expect(String(await to.unary(call))).toBe('message');
  expect(sessions.size).toBe(2);
});

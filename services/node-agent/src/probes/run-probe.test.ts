import { createServer, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { CriError } from '@kubernode/rpc';
import type { ExecResult } from '../cri/cri-runtime.ts';
import { aPod } from '../runtime/test-states.ts';
import { createGrpcHealth } from './grpc-health.ts';
import { createHttpGet, httpTarget, isPlainAnswerToTls } from './http-target.ts';
import { createProber, type ProbeOutcome, tcpCheck } from './run-probe.ts';

let web: Server;
let seen: Record<string, unknown>;
let httpPort: number;
beforeAll(async () => {
  web = createServer((request, response) => {
    seen = request.headers;
    const [, code = '200', to] = /^\/(\d+)(?:\/(.*))?$/.exec(request.url ?? '') ?? [];
    if (request.url === '/loop') { response.writeHead(302, { location: '/loop' }).end(); return; }
    if (request.url === '/endless') { response.write('x'.repeat(20_000)); return; }
    response.writeHead(Number(code), to === undefined ? {} : { location: decodeURIComponent(to) }).end('body');
  });
  httpPort = await listening(web);
});
afterAll(() => { web.closeAllConnections(); web.close(); });

function listening(server: Server | Http2Server): Promise<number> {
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', () => { resolve((server.address() as AddressInfo).port); }); }); // a TCP server
}

const answers = (exitCode: number, stdout = '', stderr = ''): ExecResult => ({ exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) });

function probe(spec: coreV1.Probe, exec: (command: readonly string[]) => Promise<ExecResult> = () => Promise.resolve(answers(0))): Promise<ProbeOutcome> {
  const container = { name: 'c', env: [{ name: 'A', value: 'a' }, { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }], ports: [{ name: 'web', containerPort: httpPort }] };
  const run = createProber({ runtime: { exec: (_id, command) => exec(command) }, http: createHttpGet(systemClock), tcp: tcpCheck, grpc: createGrpcHealth(systemClock) });
  return run(spec, { pod: aPod(), container, containerId: 'id', podIp: '127.0.0.1' });
}

const cri = (code: 'UNKNOWN' | 'DEADLINE_EXCEEDED') => (): Promise<ExecResult> => Promise.reject(new CriError(code, 'no such file'));
test.each([
  ['success', () => Promise.resolve(answers(0, 'fine')), { result: 'success', message: '' }],
  ['an exit code tells what was said', () => Promise.resolve(answers(1, 'out ', 'err')), { result: 'failure', message: 'out err' }],
  ['a command that takes too long', cri('DEADLINE_EXCEEDED'), { result: 'failure', message: 'command timed out: "sh a " timed out after 1s' }],
  ['a command that cannot be run says nothing of the container', cri('UNKNOWN'), { result: 'unknown', message: 'rpc error: code = Unknown desc = no such file' }],
] as const)('exec probe: %s', async (_what, exec, want) => {
  const commands: (readonly string[])[] = [];
  expect(await probe({ exec: { command: ['sh', '$(A)', '$(B)'] } }, (command) => { commands.push(command); return exec(); })).toEqual(want);
  expect(commands).toEqual(Array<string[]>(want.result === 'unknown' ? 3 : 1).fill(['sh', 'a', '']));
});

test.each([
  ['/200', { result: 'success', message: '' }],
  ['/399', { result: 'warning', message: 'Probe terminated redirects, Response body: body' }],
  ['/500', { result: 'failure', message: 'HTTP probe failed with statuscode: 500' }],
  ['/302//404', { result: 'failure', message: 'HTTP probe failed with statuscode: 404' }],
  [`/302/${encodeURIComponent('http://192.0.2.1/x')}`, { result: 'warning', message: 'Probe terminated redirects, Response body: body' }],
  ['/endless', { result: 'success', message: '' }],
])('http probe: %s', async (path, want) => {
  expect(await probe({ httpGet: { path, port: 'web' } })).toEqual(want);
  if (path !== '/endless') expect(seen).toMatchObject({ 'user-agent': 'kube-probe/1.36', accept: '*/*' });
});

test('http probe: redirects without end, headers of its own, a port that nobody serves, TLS where there is none', async () => {
  expect(await probe({ httpGet: { path: '/loop', port: httpPort } })).toEqual({ result: 'failure', message: `Get "http://127.0.0.1:${httpPort}/loop": stopped after 10 redirects` });
  await probe({ httpGet: { path: '/200', port: httpPort, httpHeaders: [{ name: 'Accept', value: '' }, { name: 'Host', value: 'example.com' }, { name: 'X-Two', value: '1' }, { name: 'X-Two', value: '2' }] } });
  expect(seen).toMatchObject({ host: 'example.com', 'x-two': '1, 2' });
  expect(seen['accept']).toBeUndefined();
  expect(await probe({ httpGet: { port: 1 } })).toEqual({ result: 'failure', message: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused' });
  const target = httpTarget({ port: httpPort, scheme: 'HTTPS' }, { container: { name: 'c' }, podIp: '127.0.0.1', purpose: 'lifecycle' });
  expect(isPlainAnswerToTls(await createHttpGet(systemClock)(target, { timeoutMs: 5000 }).catch((error: unknown) => error))).toBe(true);
});

test('tcp probe', async () => {
  expect(await probe({ tcpSocket: { port: httpPort } })).toEqual({ result: 'success', message: '' });
  expect(await probe({ tcpSocket: { port: 1 } })).toEqual({ result: 'failure', message: 'dial tcp 127.0.0.1:1: connect: connection refused' });
  expect(await probe({ tcpSocket: { port: 'none' } })).toEqual({ result: 'unknown', message: "couldn't find port: none" });
  expect(await probe({})).toEqual({ result: 'unknown', message: 'missing probe handler for p_ns(u):c' });
});

/** A health server that answers `status`, or fails with the code of gRPC. */
async function healthServer({ status, code = 0, message = '', hangs = false }: { status?: number; code?: number; message?: string; hangs?: boolean }): Promise<{ server: Http2Server; port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttp2();
  server.on('stream', (stream, headers) => {
    stream.on('data', (chunk: Buffer) => asked.push(`${headers[':path']} ${chunk.subarray(7).toString()}`));
    if (hangs) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': String(code), ...(message !== '' && { 'grpc-message': message }) }); });
    stream.end(status === undefined ? Buffer.alloc(0) : Buffer.from([0, 0, 0, 0, 2, 8, status]));
  });
  return { server, port: await listening(server), asked };
}

test.each([
  [{ status: 1 }, { result: 'success', message: '' }],
  [{ status: 2 }, { result: 'failure', message: 'service unhealthy (responded with "NOT_SERVING")' }],
  [{ code: 5, message: 'unknown service' }, { result: 'failure', message: 'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service' }],
  [{ code: 12, message: 'nope' }, { result: 'failure', message: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): nope' }],
  [{ hangs: true }, { result: 'failure', message: 'timeout: health rpc did not complete within 1s' }],
])('grpc probe: %j', async (answer, want) => {
  const { server, port, asked } = await healthServer(answer);
  try {
    expect(await probe({ grpc: { port, service: 'svc' } })).toEqual(want);
    expect(asked).toEqual(['/grpc.health.v1.Health/Check svc']);
  } finally { server.close(); }
});

test('grpc probe: nobody listens', async () => {
  expect(await probe({ grpc: { port: 1 } })).toEqual({ result: 'failure', message: 'timeout: failed to connect service "127.0.0.1:1" within 1s: context deadline exceeded' });
});

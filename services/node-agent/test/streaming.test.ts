import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { authorizationV1Resources, coreV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { openCriChannel } from '@kubernode/rpc';
import { Fixtures } from '@kubernode/testing';
import { Registry } from 'prom-client';
import WebSocket from 'ws';
import { createGrpcCriRuntime } from '../src/cri/grpc-cri-runtime.ts';
import { rotateOne } from '../src/logs/rotate-logs.ts';
import { createNodeMetrics } from '../src/metrics.ts';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;
const fixtures = new Fixtures();
const BRIDGE = 'kntest1';
const LONG_LINE_BYTES = 2_000_000;
const container = (name: string, command: string, more: object = {}): object => ({ name, command: ['sh', '-c', command], ...more });

beforeAll(async () => {
  await fixtures.use({ [Symbol.dispose]: () => { execFileSync('ip', ['link', 'del', BRIDGE]); } });
  containerd = await startContainerd('/tmp/na/streaming');
  await fixtures.use({ [Symbol.asyncDispose]: () => containerd.stop() });
  node = createTestNode(containerd, { podCidr: '10.201.1.0/24', bridge: BRIDGE });
  allowAll();
  node.start();
  await fixtures.use({ [Symbol.asyncDispose]: () => node.stop() });
  await node.until('a ready node', () => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
  node.client.put(testPod('web', { containers: [
    container('c', 'mkdir /w; echo served > /w/index.html; echo first; echo second; trap "exit 0" TERM; httpd -f -p 8080 -h /w & wait'),
    container('count', 'i=0; while true; do echo $i; i=$((i+1)); sleep 0.01; done'),
    container('odd', `printf '\\377\\376\\0bytes\\n'; head -c ${LONG_LINE_BYTES} /dev/zero | tr '\\0' x; echo; sleep 10000`),
    container('much', 'yes $(head -c 1000 /dev/zero | tr "\\0" y) | head -c 30000000; sleep 10000'),
    container('echo', 'while read line; do echo "heard $line"; done; sleep 10000', { stdin: true }),
  ] as never }));
  await node.until('web to be ready', () => node.pod('web')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
}, 60_000);

afterAll(async () => { await fixtures[Symbol.asyncDispose](); }, 60_000);

/** The fake cluster has no authorizer: every review is answered with yes. */
function allowAll(): void {
  const create = node.client.create.bind(node.client);
  node.client.create = ((resource: { resource: string }, object: object, options: object) => (resource.resource === authorizationV1Resources.subjectaccessreviews.resource
    ? Promise.resolve({ ...object, status: { allowed: true } }) : create(resource as never, object, options))) as typeof node.client.create; // the fake's own signature
}

function open(path: string, method = 'GET'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port: node.port(), path, method, rejectUnauthorized: false, agent: false }, resolve).on('error', reject).end();
  });
}

async function get(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const response = await open(path, method);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer); // no encoding is set
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') };
}

/** Asks until the body is right: the runtime writes logs a moment after the process has. */
async function untilBody(path: string, isRight: (body: string) => boolean): Promise<string> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const { body } = await get(path);
    if (isRight(body)) return body;
    await systemClock.sleep(50);
  }
  throw new Error(`${path} never came right`);
}

interface Talk { protocol: string; channels: Record<number, Buffer> }

/** Speaks over a websocket until the other side ends, or `until` holds; resolves to what each channel carried. */
function talk(path: string, { protocol = 'v5.channel.k8s.io', say = [], until = () => false }: { protocol?: string; say?: readonly (Buffer | string)[]; until?: (talk: Talk) => boolean } = {}): Promise<Talk> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${node.port()}${path}`, [protocol], { rejectUnauthorized: false });
    const channels: Record<number, Buffer> = {};
    socket.on('open', () => { for (const message of say) socket.send(message); });
    socket.on('message', (data: Buffer) => {
      const isText = protocol.startsWith('base64');
      const channel = isText ? Number(data.toString('latin1', 0, 1)) : data[0] ?? -1;
      channels[channel] = Buffer.concat([channels[channel] ?? Buffer.alloc(0), isText ? Buffer.from(data.toString('latin1', 1), 'base64') : data.subarray(1)]);
      if (until({ protocol: socket.protocol, channels })) socket.close();
    });
    socket.on('close', () => resolve({ protocol: socket.protocol, channels }));
    socket.on('error', reject);
  });
}

const exec = (query: string, options: Parameters<typeof talk>[1] = {}): Promise<Talk> => talk(`/exec/default/web/c?${query}`, options);
const onChannel = (channel: number, text: string): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
const END_OF_INPUT = Buffer.from([255, 0]);
const statusOf = ({ channels }: Talk): unknown => JSON.parse(String(channels[3] ?? '{}'));

describe('logs', () => {
  it('are whole, or the tail, and tell why there are none', async () => {
    await untilBody('/containerLogs/default/web/c', (body) => body === 'first\nsecond\n');
    expect(await get('/containerLogs/default/web/c?tailLines=1')).toEqual({ status: 200, body: 'second\n' });
    expect(await get('/containerLogs/default/web/c?previous=true')).toEqual({ status: 400, body: 'previous terminated container "c" in pod "web" not found' });
    expect(await get('/containerLogs/default/none/c')).toEqual({ status: 404, body: 'pod "none" does not exist' });
    expect(await get('/containerLogs/default/web/none')).toEqual({ status: 404, body: 'container "none" not found in pod "web"' });
    expect((await get('/containerLogs/default/web/c?tailLines=-1')).status).toBe(422);
  }, 30_000);

  it('carry bytes that are no text, and lines of any length', async () => {
    const body = await untilBody('/containerLogs/default/web/odd', (text) => text.length >= LONG_LINE_BYTES + 10);
    expect([body.slice(0, 9), body.slice(9) === `${'x'.repeat(LONG_LINE_BYTES)}\n`]).toEqual(['\xff\xfe\0bytes\n', true]);
  }, 60_000);

  it('are followed through rotations without a gap', async () => {
    const { id, logPath } = await containerNamed('count');
    const runtime = createGrpcCriRuntime({ channel: openCriChannel(containerd.socket, { clock: systemClock }), clock: systemClock, metrics: createNodeMetrics(new Registry()) });
    const response = await open('/containerLogs/default/web/count?follow=true');
    let text = '';
    response.setEncoding('latin1').on('data', (part: string) => { text += part; });
    try {
      for (let rotation = 0; rotation < 3; rotation++) {
        const before = text.length;
        await rotateOne(logPath, { nowMs: Date.UTC(2026, 0, 1) + rotation * 1000, maxFiles: 5, reopen: () => runtime.reopenLog(id) });
        await node.until('more lines', () => text.length > before + 100);
      }
    } finally {
      response.destroy();
      runtime.close();
    }
    const numbers = text.split('\n').slice(0, -1).map(Number);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(readdirSync(logPath.slice(0, logPath.lastIndexOf('/'))).filter((name) => name.endsWith('.gz')).length).toBe(2);
  }, 60_000);

  it('wait for a reader who is slow, with little in memory', async () => {
    await untilBody('/containerLogs/default/web/much?tailLines=1', (body) => body.startsWith('y'));
    const response = await open('/containerLogs/default/web/much');
    const before = process.memoryUsage();
    response.pause();
    await systemClock.sleep(1500); // long enough to read all of it into memory
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(16 * 1024 * 1024);
    response.destroy();
  }, 60_000);

  it('show no file that a link leads to', async () => {
    const { logPath } = await containerNamed('echo');
    renameSync(logPath, `${logPath}.kept`);
    symlinkSync('/etc/passwd', logPath);
    try {
      expect((await get('/containerLogs/default/web/echo')).body).toBe(`failed to open log file "${logPath}": open ${logPath}: too many levels of symbolic links`);
    } finally { rmSync(logPath); renameSync(`${logPath}.kept`, logPath); }
  }, 30_000);
});

async function containerNamed(name: string): Promise<{ id: string; logPath: string }> {
  const uid = node.pod('web')?.metadata.uid ?? '';
  const { containerID = '' } = node.pod('web')?.status?.containerStatuses?.find((one) => one.name === name) ?? {};
  return Promise.resolve({ id: containerID.replace('containerd://', ''), logPath: `${node.dir}/logs/default_web_${uid}/${name}/0.log` });
}

describe.each(['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io'])('exec over %s', (protocol) => {
  it('carries output, errors and the exit status', async () => {
    const told = await exec('output=1&error=1&command=sh&command=-c&command=echo%20out;echo%20err%20>%262;exit%203', { protocol });
    expect([told.protocol, String(told.channels[1]), String(told.channels[2])]).toEqual([protocol, 'out\n', 'err\n']);
    if (protocol.startsWith('v')) expect(statusOf(told)).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } });
  }, 30_000);
});

describe('exec', () => {
  it('ends its input where the client says, whatever was sent before', async () => {
    const bytes = randomBytes(5_000_000);
    const told = await exec('input=1&output=1&command=cat', { say: [Buffer.concat([Buffer.from([0]), bytes]), END_OF_INPUT, onChannel(0, 'too late')] });
    expect([told.channels[1]?.equals(bytes), statusOf(told)]).toEqual([true, { metadata: {}, status: 'Success' }]);
  }, 60_000);

  it('gives a terminal the size that it is told', async () => {
    // The size and the process find each other within moments, in whichever order: containerd starts both at once.
    const script = 'for i in $(seq 100); do size=$(stty size 2>/dev/null); [ "$size" = "37 91" ] && break; sleep 0.1; done; echo "$size"';
    const told = await exec(`input=1&output=1&tty=1&command=sh&command=-c&command=${encodeURIComponent(script)}`, { say: [onChannel(4, '{"Width":91,"Height":37}')] });
    expect(String(told.channels[1])).toContain('37 91');
  }, 30_000);

  it('tells what cannot be run, and survives input to what has ended', async () => {
    expect(statusOf(await exec('output=1&command=nothing-of-that-name'))).toMatchObject({ status: 'Failure', message: expect.stringMatching(/executable file not found/) });
    expect(statusOf(await exec('input=1&output=1&command=true', { say: Array.from({ length: 5 }, () => onChannel(0, 'x'.repeat(1000))) }))).toMatchObject({ status: 'Success' });
  }, 30_000);

  it('over SPDY is handed to the runtime', async () => {
    const head = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port: node.port(), method: 'POST', path: '/exec/default/web/c?output=1&command=true', rejectUnauthorized: false, headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' } });
      request.on('upgrade', (response, socket) => { socket.destroy(); resolve(`${response.statusCode} ${response.headers['x-stream-protocol-version']}`); });
      request.on('error', reject).end();
    });
    expect(head).toBe('101 v4.channel.k8s.io');
  }, 30_000);
});

test('attach hears a running container, and is heard', async () => {
  const { channels } = await talk('/attach/default/web/echo?input=1&output=1', { say: [onChannel(0, 'a word\n')], until: ({ channels: heard }) => String(heard[1]).includes('heard a word') });
  expect(String(channels[1])).toBe('heard a word\n');
}, 30_000);

test('port-forward over plain websockets: the port first, then bytes; a wrong port is told before', async () => {
  const { channels } = await talk('/portForward/default/web?port=8080', { protocol: 'v4.channel.k8s.io', say: [onChannel(0, 'GET / HTTP/1.0\r\n\r\n')], until: ({ channels: heard }) => String(heard[0]).includes('served') });
  expect([channels[0]?.readUInt16LE(0), String(channels[0])]).toEqual([8080, expect.stringContaining('served\n')]);
  await expect(talk('/portForward/default/web', { protocol: 'v4.channel.k8s.io' })).rejects.toThrow('400');
}, 30_000);

test.each<[string, string, { status: number; body: unknown }]>([
  ['POST', '/run/default/web/c?cmd=echo+hi', { status: 200, body: 'hi\n' }],
  ['POST', '/run/default/web/c?cmd=false', { status: 500, body: 'command \'false\' exited with 1: ' }],
  ['GET', '/run/default/web/c?cmd=true', { status: 405, body: '405: Method Not Allowed' }],
  ['GET', '/exec/default/web/c?output=1&command=true', { status: 500, body: 'Upgrade request required\n' }],
  ['POST', '/checkpoint/default/web/c', { status: 500, body: expect.stringMatching(/^checkpointing of default\/web\/c failed \(rpc error: code = Unimplemented desc = /) }],
  ['GET', '/nothing', { status: 404, body: '404 page not found\n' }],
  ['DELETE', '/pods', { status: 405, body: '405: Method Not Allowed' }],
  ['GET', '/metrics/../pods', { status: 400, body: 'invalid URL path' }],
])('%s %s', async (method, path, want) => { expect(await get(path, method)).toEqual(want); }, 30_000);

test('metrics carry the kubelet\'s names; resource metrics name the container', async () => {
  const body = await untilBody('/metrics', (text) => text.includes('kubelet_running_pods 1\n')); // as of the last listing, which what exits alone hastens
  for (const name of ['kubelet_pleg_relist_duration_seconds_bucket', 'kubelet_http_requests_total', 'kubelet_container_log_filesystem_used_bytes', 'kubelet_websocket_streaming_requests_total']) expect(body).toContain(name);
  expect((await get('/metrics/resource')).body).toMatch(/^container_memory_working_set_bytes\{container="c",namespace="default",pod="web"\} [1-9]\d* \d{13}$/m);
  expect((await get('/metrics/cadvisor')).body).toMatch(/^container_network_receive_bytes_total\{container="",.*interface="eth0",.*pod="web"\} [1-9]/m);
  expect(JSON.parse((await get('/pods')).body)).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'web' } }] });
  expect(JSON.parse((await get('/runningpods/')).body)).toMatchObject({ items: [{ metadata: { name: 'web' }, spec: { containers: expect.arrayContaining([expect.objectContaining({ name: 'count' })]) } }] });
}, 30_000);

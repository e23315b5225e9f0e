import { request as httpsRequest } from 'node:https';
import { execFileSync } from 'node:child_process';
import { authorizationV1Resources, coreV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import WebSocket from 'ws';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;
const BRIDGE = 'kntest1';

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/streaming');
  node = createTestNode(containerd, { podCidr: '10.201.1.0/24', bridge: BRIDGE });
  allowAll();
  node.start();
  await node.until('a ready node', () => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
  node.client.put(testPod('web', { containers: [{ name: 'c', command: ['sh', '-c', 'mkdir /w; echo served > /w/index.html; echo first; echo second; trap "exit 0" TERM; httpd -f -p 8080 -h /w & wait'] }] }));
  await node.until('web to be ready', () => node.pod('web')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
}, 40_000);

afterAll(async () => {
  await node.stop();
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 30_000);

/** The fake cluster has no authorizer: every review is answered with yes. */
function allowAll(): void {
  const create = node.client.create.bind(node.client);
  node.client.create = ((resource: { resource: string }, object: object, options: object) => (resource.resource === authorizationV1Resources.subjectaccessreviews.resource
    ? Promise.resolve({ ...object, status: { allowed: true } }) : create(resource as never, object, options))) as typeof node.client.create; // the fake's own signature
}

function get(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port: node.port(), path, rejectUnauthorized: false, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject).end();
  });
}

/** The runtime writes logs a moment after the process has. */
async function until200(body: string): Promise<void> {
  for (let attempt = 0; attempt < 50 && (await get('/containerLogs/default/web/c')).body !== body; attempt++) await systemClock.sleep(50);
}

/** Runs a command over a websocket; resolves to what each channel carried. */
function exec(query: string, { protocol = 'v5.channel.k8s.io', stdin }: { protocol?: string; stdin?: string } = {}): Promise<{ protocol: string; channels: Record<number, string> }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${node.port()}/exec/default/web/c?${query}`, [protocol], { rejectUnauthorized: false });
    const channels: Record<number, string> = {};
    socket.on('open', () => {
      if (stdin === undefined) return;
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(stdin)]));
      socket.send(Buffer.from([255, 0]));
    });
    socket.on('message', (data: Buffer) => { const [channel = -1] = data; channels[channel] = (channels[channel] ?? '') + data.toString('utf8', 1); });
    socket.on('close', () => resolve({ protocol: socket.protocol, channels }));
    socket.on('error', reject);
  });
}

test('logs: whole, the tail, and why there are none', async () => {
  await until200('first\nsecond\n');
  expect(await get('/containerLogs/default/web/c')).toEqual({ status: 200, body: 'first\nsecond\n' });
  expect(await get('/containerLogs/default/web/c?tailLines=1')).toEqual({ status: 200, body: 'second\n' });
  expect(await get('/containerLogs/default/web/c?previous=true')).toEqual({ status: 400, body: 'previous terminated container "c" in pod "web" not found' });
  expect((await get('/containerLogs/default/none/c')).status).toBe(404);
});

test('exec over websockets: output, errors, exit status', async () => {
  const { protocol, channels } = await exec('output=1&error=1&command=sh&command=-c&command=echo%20out;echo%20err%20>%262;exit%203');
  expect([protocol, channels[1], channels[2]]).toEqual(['v5.channel.k8s.io', 'out\n', 'err\n']);
  expect(JSON.parse(channels[3] ?? '')).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } });
});

test('exec over websockets: input ends where the client says', async () => {
  const { channels } = await exec('input=1&output=1&command=cat', { stdin: 'to the end' });
  expect(channels[1]).toBe('to the end');
  expect(JSON.parse(channels[3] ?? '')).toMatchObject({ status: 'Success' });
});

test('exec over SPDY is handed to the runtime', async () => {
  const head = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port: node.port(), method: 'POST', path: '/exec/default/web/c?output=1&command=true', rejectUnauthorized: false, headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' } });
    request.on('upgrade', (response, socket) => { socket.destroy(); resolve(`${response.statusCode} ${response.headers['x-stream-protocol-version']}`); });
    request.on('error', reject).end();
  });
  expect(head).toBe('101 v4.channel.k8s.io');
});

test('metrics carry the kubelet\'s names; resource metrics name the container', async () => {
  expect((await get('/metrics')).body).toMatch(/kubelet_running_pods 1\n[\s\S]*kubelet_pleg_relist_duration_seconds_bucket|kubelet_pleg_relist_duration_seconds_bucket[\s\S]*kubelet_running_pods 1\n/);
  expect((await get('/metrics/resource')).body).toContain('container_memory_working_set_bytes{container="c",namespace="default",pod="web"}');
  expect(JSON.parse((await get('/pods')).body)).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'web' } }] });
});

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '@kubernode/base';
import { createHttpsTransport, type RawResponse, type Transport } from '@kubernode/client';
import { MessageReader } from '@kubernode/rpc';
import { Fixtures, freePort, startEtcd } from '@kubernode/testing';

const WAIT_MS = 180_000;
const POLL_MS = 200;
const main = path.join(import.meta.dirname, '../src/main.ts');

interface Span { service: string; traceId: string; spanId: string; parentId: string; name: string }

const spans: Span[] = [];
/** The last that processes said, for a test that fails. */
const said: string[] = [];
const SAID_MAX = 20;
const fixtures = new Fixtures();
let api: Transport, manager: Transport, managerOf: (token: string | undefined) => Transport;

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-traces-'));
  await fixtures.use({ [Symbol.dispose]: () => { rmSync(folder, { recursive: true, force: true }); } });
  const file = (name: string, text: string): string => { writeFileSync(path.join(folder, name), text, { mode: 0o600 }); return path.join(folder, name); };
  const [etcd, collector, apiPort, managerPort] = await Promise.all([fixtures.use(startEtcd()), fixtures.use(startCollector()), freePort(), freePort()]);
  const tracing = (ratePerMillion: number): string => `--tracing-config-file=${file(`tracing-${ratePerMillion}.yaml`, `apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\nendpoint: http://127.0.0.1:${collector.port}/v1/traces\nsamplingRatePerMillion: ${ratePerMillion}\n`)}`;
  const server = `https://127.0.0.1:${apiPort}`;
  const kubeconfig = file('manager.kubeconfig', JSON.stringify({
    'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: { token: 'admin-token' } }],
  }));
  await fixtures.use(startProcess(['apiserver', `--etcd-servers=${etcd.endpoint}`, `--secure-port=${apiPort}`, '--bind-address=127.0.0.1', `--cert-dir=${folder}`, '--service-cluster-ip-range=10.96.0.0/16', '--endpoint-reconciler-type=none', '--disable-admission-plugins=ServiceAccount', '--authorization-mode=RBAC', `--token-auth-file=${file('tokens.csv', 'admin-token,admin,1,"system:masters"\nalice-token,alice,2\n')}`, tracing(0)]));
  api = await fixtures.use(transportTo(server, 'admin-token'));
  await until('the API server', async () => (await get(api, '/readyz')).status === 200);
  await fixtures.use(startProcess(['controller-manager', `--kubeconfig=${kubeconfig}`, '--controllers=replicaset-controller', '--bind-address=127.0.0.1', `--secure-port=${managerPort}`, tracing(1_000_000)]));
  managerOf = (token) => createHttpsTransport({ server: `http://127.0.0.1:${managerPort}`, token });
  manager = await fixtures.use(transportTo(`http://127.0.0.1:${managerPort}`, 'admin-token'));
  await until('the controller manager', async () => (await get(manager, '/healthz')).status === 200);
}, 2 * WAIT_MS);

afterAll(() => fixtures[Symbol.asyncDispose]());

test('what a controller writes is in one trace with its sync, the request and the transaction of etcd', async () => {
  const labels = { app: 'traced' };
  const body = Buffer.from(JSON.stringify({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'traced' }, spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } } } }));
  expect((await api.call({ method: 'POST', path: '/apis/apps/v1/namespaces/default/replicasets', body })).status).toBe(201);
  let chain: Span[] = [];
  await until('the trace', () => { chain = chainTo('Create etcd3', 'POST /api/v1/namespaces/{:namespace}/pods'); return Promise.resolve(chain.length > 0); });
  expect(chain.map(({ service, name }) => `${service}: ${name}`)).toEqual(['apiserver: Create etcd3', 'apiserver: Create', 'apiserver: POST /api/v1/namespaces/{:namespace}/pods', 'kube-controller-manager: Sync replicaset']);
  expect(new Set(chain.map(({ traceId }) => traceId)).size).toBe(1);
}, 2 * WAIT_MS);

test.each<[string, () => Transport]>([['API server', () => api], ['controller manager', () => manager]])('the %s gives profiles to who may have them', async (_, of) => {
  for (const profile of ['profile?seconds=1', 'heap', 'goroutine']) {
    const answer = await get(of(), `/debug/pprof/${profile}`);
    expect([profile, answer.status, answer.contentType]).toEqual([profile, 200, 'application/octet-stream']);
    const reader = new MessageReader(gunzipSync(answer.body));
    const fields = new Set<number>();
    while (reader.next()) fields.add(reader.field);
    expect([1, 6, 9, 11].filter((field) => !fields.has(field))).toEqual([]); // types, strings, time, type of the period
  }
}, WAIT_MS);

test('and to nobody else', async () => {
  const asked = await Promise.all(['alice-token', 'wrong', undefined].map(async (token) => {
    const transport = managerOf(token);
    try { return (await get(transport, '/debug/pprof/heap')).status; } finally { transport.close(); }
  }));
  expect(asked).toEqual([403, 401, 403]);
}, WAIT_MS);

const get = (transport: Transport, target: string): Promise<RawResponse> => transport.call({ method: 'GET', path: target });

/** The spans from one of that name up to the root, by way of one of the other name. */
function chainTo(name: string, by: string): Span[] {
  for (const last of spans.filter((span) => span.name === name)) {
    const chain: Span[] = [];
    for (let at: Span | undefined = last; at !== undefined; at = spans.find(({ spanId }) => spanId === at?.parentId)) chain.push(at);
    if (chain.some((span) => span.name === by) && chain.at(-1)?.parentId === '') return chain;
  }
  return [];
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = systemClock.monotonicNow() + WAIT_MS; !await holds().catch(() => false);) { // not listening yet
    if (systemClock.monotonicNow() > endMs) throw new Error(`waited in vain for ${what}; spans: ${spans.map(({ service, name }) => `${service}: ${name}`).slice(-SAID_MAX).join(', ')}; logs: ${said.slice(-SAID_MAX).join('')}`);
    await systemClock.sleep(POLL_MS);
  }
}

function transportTo(server: string, token: string): Transport & Disposable {
  const transport = createHttpsTransport({ server, token, insecureSkipTlsVerify: true });
  return { ...transport, [Symbol.dispose]: () => { transport.close(); } };
}

function startProcess(args: readonly string[]): AsyncDisposable {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', main, ...args], { stdio: ['ignore', 'ignore', 'pipe'], cwd: path.join(import.meta.dirname, '../../..'), env: { PATH: process.env['PATH'] } });
  child.stderr.on('data', (piece: Buffer) => { said.push(piece.toString()); if (said.length > SAID_MAX) said.shift(); });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  return { async [Symbol.asyncDispose]() { child.kill('SIGKILL'); await ended; } };
}

async function startCollector(): Promise<{ port: number } & AsyncDisposable> {
  const collector = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => { spans.push(...decode(Buffer.concat(pieces))); response.end(); });
  });
  await new Promise<void>((resolve) => { collector.listen(0, '127.0.0.1', resolve); });
  return { port: (collector.address() as AddressInfo).port, async [Symbol.asyncDispose]() { collector.closeAllConnections(); await new Promise((resolve) => { collector.close(resolve); }); } }; // it listens
}

/** An ExportTraceServiceRequest. */
function decode(message: Buffer): Span[] {
  const found: Span[] = [];
  const each = (reader: MessageReader, read: (field: number) => void): void => { while (reader.next()) read(reader.field); };
  const request = new MessageReader(message);
  each(request, () => {
    const resourceSpans = request.message();
    const here: Span[] = [];
    let service = '';
    each(resourceSpans, (part) => {
      const inner = resourceSpans.message();
      if (part === 1) each(inner, () => { const [key, value] = attributeOf(inner.message()); if (key === 'service.name') service = value; });
      else each(inner, (field) => { if (field === 2) here.push(spanOf(inner.message())); });
    });
    found.push(...here.map((span) => ({ ...span, service })));
  });
  return found;
}

function attributeOf(reader: MessageReader): [string, string] {
  let [key, text] = ['', ''];
  while (reader.next()) {
    if (reader.field === 1) { key = reader.string(); continue; }
    const value = reader.message();
    while (value.next()) if (value.field === 1) text = value.string();
  }
  return [key, text];
}

function spanOf(reader: MessageReader): Span {
  const span = { service: '', traceId: '', spanId: '', parentId: '', name: '' };
  while (reader.next()) {
    switch (reader.field) {
      case 1: span.traceId = reader.bytes().toString('hex'); break;
      case 2: span.spanId = reader.bytes().toString('hex'); break;
      case 4: span.parentId = reader.bytes().toString('hex'); break;
      case 5: span.name = reader.string(); break;
      default:
    }
  }
  return span;
}

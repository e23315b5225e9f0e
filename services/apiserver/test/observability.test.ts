import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@kubernode/base';
import { createLogger } from '@kubernode/component-base';
import { Fixtures, startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestAnswer, type TestFolder, type TestRequest } from './auth-server.ts';
import { says, startHooks, type HookServer } from './hook-server.ts';

let etcd: EtcdProcess, folder: TestFolder, server: AuthServer, hooks: HookServer;
const lines: string[] = [];
/** What the collector was sent, as bytes: names and ids stand in it as they are. */
const exported: Buffer[] = [];
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const fixtures = new Fixtures();
beforeAll(async () => {
  [etcd, folder] = await Promise.all([fixtures.use(startEtcd()), fixtures.use(testFolder())]);
  const collector = await fixtures.use(startCollector());
  const tracing = folder.file('tracing.yaml', `apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\nendpoint: http://127.0.0.1:${collector.port}/v1/traces\n`);
  hooks = await fixtures.use(startHooks(await folder.certificate('hooks')));
  const logger = createLogger({ component: 'apiserver', verbosity: 10, destination: { write: (line) => { lines.push(line); } } });
  server = await fixtures.use(startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--tracing-config-file=${tracing}`], { logger }));
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose]());

async function startCollector(): Promise<{ port: number } & AsyncDisposable> {
  const collector = http.createServer((request, response) => { request.on('data', (piece: Buffer) => exported.push(piece)); request.on('end', () => { response.end(); }); });
  await new Promise<void>((resolve) => { collector.listen(0, '127.0.0.1', resolve); });
  return { port: (collector.address() as AddressInfo).port, async [Symbol.asyncDispose]() { collector.closeAllConnections(); await new Promise((resolve) => { collector.close(resolve); }); } }; // it listens
}

const admin = (request: TestRequest): Promise<TestAnswer> => server.request({ token: 'admin-token', ...request });

async function until(holds: () => boolean): Promise<void> {
  for (let polls = 0; !holds() && polls < 400; polls++) await systemClock.sleep(50);
}

test('one request can be followed from the client to the webhook, in logs and in one trace', async () => {
  const heard: Readonly<Record<string, unknown>>[] = [];
  hooks.on('/hook', (review, response) => { heard.push(response.req.headers); says({ allowed: true })(review, response); });
  await admin({ method: 'POST', path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', body: { metadata: { name: 'h' }, webhooks: [{
    name: 'h.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { url: `${hooks.url}/hook`, caBundle: Buffer.from(folder.authority.certificate).toString('base64') },
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  }] } });
  let made = 0;
  for (let tries = 0; heard.length === 0 && tries < 40; tries++) { // the server learns of the webhook by its own watch
    await admin({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', headers: { 'audit-id': 'followed', traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` }, body: { metadata: { name: `m-${made++}` } } });
  }
  expect(heard[0]).toMatchObject({ 'audit-id': 'followed', traceparent: expect.stringMatching(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`)) });
  expect(lines.some((line) => line.includes('"auditID":"followed"') && line.includes('"msg":"HTTP"'))).toBe(true);
  await until(() => Buffer.concat(exported).includes('Call validating webhook'));
  const sent = Buffer.concat(exported);
  for (const name of ['POST /api/v1/namespaces/{:namespace}/configmaps', 'Create etcd3', 'Call validating webhook', 'followed']) expect(sent.includes(name)).toBe(true);
  expect(sent.includes(Buffer.from(TRACE_ID, 'hex'))).toBe(true);
}, 60_000);

test('no secret that crosses the server stands in its logs or traces', async () => {
  const planted = ['planted-bearer-1', 'planted-basic-2', 'planted-query-3', 'planted-data-4', 'planted-protocol-5', 'admin-token'];
  await server.request({ path: '/api/v1/pods', token: 'planted-bearer-1' });
  await server.request({ path: '/api/v1/pods', headers: { authorization: `Basic ${Buffer.from('a:planted-basic-2').toString('base64')}` } });
  await admin({ path: '/api/v1/pods?limit=1&access_token=planted-query-3&password=planted-query-3', headers: { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` } });
  await admin({ method: 'POST', path: '/api/v1/namespaces/default/secrets', body: { metadata: { name: 's' }, stringData: { password: 'planted-data-4' } } });
  await admin({ method: 'PATCH', path: '/api/v1/namespaces/default/secrets/s', headers: { 'content-type': 'application/merge-patch+json' }, body: { stringData: { password: 'planted-data-4', broken: { a: 1 } } } });
  await admin({ method: 'POST', path: '/api/v1/namespaces/default/secrets', body: 'planted-data-4 is no object' });
  await server.request({ path: '/api/v1/pods?watch=1', headers: { 'sec-websocket-protocol': `base64url.bearer.authorization.k8s.io.${Buffer.from('planted-protocol-5').toString('base64url')}, v1` } });
  const issued = await admin({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts/default/token', body: { spec: {} } });
  const token = (issued.body['status'] as { token?: string } | undefined)?.token;
  if (token !== undefined) { await server.request({ path: '/api/v1/pods', token: `${token.slice(0, -2)}xx` }); planted.push(token, token.slice(0, -2)); }
  const told = lines.join('') + Buffer.concat(exported).toString('latin1');
  expect(lines.some((line) => line.includes('access_token=[redacted]'))).toBe(true);
  for (const secret of planted) {
    expect([secret, told.includes(secret)]).toEqual([secret, false]);
    expect([secret, told.includes(Buffer.from(secret).toString('base64'))]).toEqual([secret, false]);
  }
}, 60_000);

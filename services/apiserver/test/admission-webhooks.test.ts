import { systemClock } from '@kubernode/base';
import { Fixtures, startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestFolder } from './auth-server.ts';
import { patch, says, startHooks, type Answering, type HookServer } from './hook-server.ts';

let etcd: EtcdProcess;
let folder: TestFolder;
let server: AuthServer;
let hooks: HookServer;
let count = 0;

const fixtures = new Fixtures();
beforeAll(async () => {
  etcd = await fixtures.use(startEtcd());
  folder = await fixtures.use(testFolder());
  server = await fixtures.use(startAuthServer(etcd, folder, ['--authorization-mode=RBAC']));
  hooks = await fixtures.use(startHooks(await folder.certificate('hooks')));
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose]());

const admin = (method: string, path: string, body?: unknown): ReturnType<AuthServer['request']> => server.request({ method, path, token: 'admin-token', body });

type Kind = 'mutating' | 'validating';

/** Registers webhooks for config maps of one label, runs the work, and removes them. */
async function withHooks(kind: Kind, webhooks: object[], work: (label: string) => Promise<void>): Promise<void> {
  const name = `test-${++count}`;
  const base = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
  const complete = webhooks.map((one, index) => ({
    name: `h${index}.example.com`, sideEffects: 'None', admissionReviewVersions: ['v1'], timeoutSeconds: 2, objectSelector: { matchLabels: { test: name } },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }], ...one,
  }));
  const made = await admin('POST', base, { metadata: { name }, webhooks: complete });
  expect([made.status, made.body.message]).toEqual([201, undefined]);
  await systemClock.sleep(300);
  try { await work(name); } finally { await admin('DELETE', `${base}/${name}`); await systemClock.sleep(200); }
}

const at = (path: string): object => ({ clientConfig: { url: `${hooks.url}${path}`, caBundle: Buffer.from(folder.authority.certificate).toString('base64') } });
const create = (label: string, name: string, data: object = {}, query = ''): ReturnType<AuthServer['request']> => admin('POST', `/api/v1/namespaces/default/configmaps${query}`, { metadata: { name: `${label}-${name}`, labels: { test: label } }, data });

describe('mutating webhooks', () => {
  it('change objects in turn, and are asked again for what later ones did', async () => {
    hooks.on('/first', (review, response) => { says(patch({ op: 'add', path: '/data/first', value: String(hooks.seen.filter(({ path }) => path.startsWith('/first')).length) }))(review, response); });
    hooks.on('/second', says(patch({ op: 'add', path: '/data/second', value: 'yes' })));
    await withHooks('mutating', [{ ...at('/first'), reinvocationPolicy: 'IfNeeded' }, at('/second')], async (label) => {
      hooks.seen.length = 0;
      const { status, body } = await create(label, 'a', { own: 'x' });
      expect([status, body['data']]).toEqual([201, { own: 'x', first: '2', second: 'yes' }]);
      expect(hooks.seen.map(({ path }) => path)).toEqual(['/first?timeout=2s', '/second?timeout=2s', '/first?timeout=2s']);
      expect(hooks.seen[0]?.review.request).toMatchObject({
        kind: { group: '', version: 'v1', kind: 'ConfigMap' }, resource: { group: '', version: 'v1', resource: 'configmaps' }, requestKind: { kind: 'ConfigMap' }, name: `${label}-a`, namespace: 'default', operation: 'CREATE',
        userInfo: { username: 'admin', uid: '1', groups: ['system:masters', 'system:authenticated'] }, oldObject: null, dryRun: false, options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      });
    });
  });

  it('see updates and deletions, too', async () => {
    hooks.on('/watching', says({ allowed: true }));
    await withHooks('mutating', [at('/watching')], async (label) => {
      await create(label, 'b');
      await admin('PATCH', `/api/v1/namespaces/default/configmaps/${label}-b`, []).catch(() => undefined);
      hooks.seen.length = 0;
      const deleted = await admin('DELETE', `/api/v1/namespaces/default/configmaps/${label}-b`);
      expect(deleted.status).toBe(200);
      expect(hooks.seen.map(({ review: { request: { operation, object, oldObject } } }) => [operation, object, oldObject?.['metadata']])).toMatchObject([['DELETE', null, { name: `${label}-b` }]]);
    });
  });

  it.each<[string, object, number, string | RegExp]>([
    ['a patch without a type', { allowed: true, patch: 'W10=' }, 500, 'received invalid webhook response: webhook returned response.patch but not response.patchType'],
    ['a patch that is none', { allowed: true, patchType: 'JSONPatch', patch: Buffer.from('{').toString('base64') }, 500, /received undecodable patch in webhook response: /],
    ['a patch that does not fit', patch({ op: 'remove', path: '/data/none' }), 500, /^Internal error occurred: /],
    ['a patch that makes no object', patch({ op: 'add', path: '/data', value: 7 }), 500, /^Internal error occurred: /],
    ['another uid', { allowed: true, uid: 'other' }, 500, /received invalid webhook response: expected response\.uid="[-0-9a-f]+", got "other"/],
    ['a denial', { allowed: false, status: { code: 418, reason: 'Teapot', message: 'no coffee' } }, 418, 'admission webhook "h0.example.com" denied the request: no coffee'],
    ['a denial without words', { allowed: false }, 400, 'admission webhook "h0.example.com" denied the request without explanation'],
  ])('refuses %s', async (_name, response, code, message) => {
    hooks.on('/odd', says(response));
    await withHooks('mutating', [at('/odd')], async (label) => {
      const { status, body } = await create(label, 'x', { a: 'b' });
      expect(status).toBe(code);
      expect(body.message).toMatch(message instanceof RegExp ? message : new RegExp(`${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
    });
  });

  it('are not asked about themselves', async () => {
    await withHooks('mutating', [{ ...at('/gone'), objectSelector: {}, rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] }], async () => {
      await withHooks('validating', [at('/gone')], async () => undefined);
    });
  });
});

describe('validating webhooks', () => {
  it('are asked at once; a denial is enough, warnings of all are passed on', async () => {
    hooks.on('/yes', says({ allowed: true, warnings: ['mind this', 'mind this'] }));
    hooks.on('/no', says({ allowed: false, status: { message: 'nope', code: 403, reason: 'Forbidden' } }));
    await withHooks('validating', [at('/yes'), at('/no')], async (label) => {
      const { status, body, headers } = await create(label, 'a');
      expect([status, body.message, body['reason'], headers['warning']]).toEqual([403, 'admission webhook "h1.example.com" denied the request: nope', 'Forbidden', '299 - "mind this"']);
    });
  });

  it('speaks v1beta1 where only that is known', async () => {
    hooks.on('/old', ({ request: { uid: _uid } }, response) => { response.end(JSON.stringify({ response: { allowed: true } })); });
    await withHooks('validating', [{ ...at('/old'), admissionReviewVersions: ['v2', 'v1beta1'] }], async (label) => {
      hooks.seen.length = 0;
      expect((await create(label, 'a')).status).toBe(201);
      expect(hooks.seen[0]?.review.apiVersion).toBe('admission.k8s.io/v1beta1');
    });
  });

  it.each<[string, Answering, string | RegExp]>([
    ['garbage', (_review, response) => { response.end('garbage'); }, /failed to call webhook: couldn't get version\/kind; json parse error: /],
    ['nothing', (_review, response) => { response.end(); }, 'failed to call webhook: 0-length response with status code: 200 and content type: '],
    ['a fault of its own', (_review, response) => { response.writeHead(500, { 'content-type': 'text/plain' }).end('oh no'); }, 'failed to call webhook: an error on the server ("oh no") has prevented the request from succeeding'],
    ['a redirect', (_review, response) => { response.writeHead(307, { location: '/yes' }).end(); }, 'failed to call webhook: the server responded with the status code 307 but did not return more information'],
    ['no end', (_review, response) => { const flood = (): void => { if (!response.destroyed) response.write(Buffer.alloc(1 << 20, 32), () => { setImmediate(flood); }); }; flood(); }, 'failed to call webhook: the answer is longer than 16777216 bytes'],
    ['silence', () => undefined, /failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/bad\?timeout=1s": context deadline exceeded/],
    ['drops', (_review, response) => { response.write('{'); const timer = setInterval(() => { response.write(' '); }, 100); response.on('close', () => { clearInterval(timer); }); }, /context deadline exceeded/],
  ])('fails with %s, unless failures are passed over', async (_name, answer, message) => {
    hooks.on('/bad', answer);
    await withHooks('validating', [{ ...at('/bad'), timeoutSeconds: 1 }], async (label) => {
      const { status, body } = await create(label, 'a');
      expect([status, body['reason']]).toEqual([500, 'InternalError']);
      expect(body.message).toMatch(message instanceof RegExp ? message : new RegExp(message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    });
    await withHooks('validating', [{ ...at('/bad'), timeoutSeconds: 1, failurePolicy: 'Ignore' }], async (label) => {
      expect((await create(label, 'a')).status).toBe(201);
    });
  }, 20_000);

  it('are asked only when every condition holds', async () => {
    const conditions = (...expressions: string[]): object => ({ ...at('/no'), matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })) });
    hooks.on('/no', says({ allowed: false }));
    const of = async (label: string): Promise<number> => (await create(label, 'a', { a: 'b' })).status;
    await withHooks('validating', [conditions("request.operation == 'CREATE'", "object.data.a == 'x'")], async (label) => { expect(await of(label)).toBe(201); });
    await withHooks('validating', [conditions("object.data.a == 'b'", "authorizer.group('').resource('secrets').check('get').allowed()")], async (label) => { expect(await of(label)).toBe(400); });
    await withHooks('validating', [conditions('object.data.none == "x"')], async (label) => {
      const { status, body } = await create(label, 'b', { a: 'b' });
      expect([status, body.message]).toEqual([403, `configmaps "${label}-b" is forbidden: expression 'object.data.none == "x"' resulted in error: no such key: none`]);
    });
    await withHooks('validating', [{ ...conditions('object.data.none == "x"'), failurePolicy: 'Ignore' }], async (label) => { expect(await of(label)).toBe(201); });
  });

  it('counts what became of its calls', async () => {
    const { body } = await server.request({ path: '/metrics', token: 'admin-token' });
    expect(body.message).toMatch(/apiserver_admission_webhook_fail_open_count\{name="h0\.example\.com",type="validating"\} [1-9]/);
    expect(body.message).toMatch(/apiserver_admission_webhook_rejection_count\{name="h0\.example\.com",type="admit",operation="CREATE",error_type="no_error",rejection_code="418"\} 1/);
  });

  it('tells of services and authorities that are missing', async () => {
    await withHooks('validating', [{ clientConfig: { service: { namespace: 'default', name: 'gone', path: '/x' } } }], async (label) => {
      expect((await create(label, 'a')).body.message).toBe('Internal error occurred: failed calling webhook "h0.example.com": failed to call webhook: Post "https://gone.default.svc:443/x?timeout=2s": service "gone" not found');
    });
    await withHooks('validating', [{ clientConfig: { url: `${hooks.url}/yes` } }], async (label) => {
      expect((await create(label, 'a')).body.message).toMatch(/tls: failed to verify certificate: x509: certificate signed by unknown authority$/);
    });
  });
});

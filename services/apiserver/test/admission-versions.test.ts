import { systemClock } from '@kubernode/base';
import { startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestAnswer, type TestFolder } from './auth-server.ts';
import { patch, says, startHooks, type HookServer } from './hook-server.ts';

/** Of a ConversionReview. */
interface Conversion { desiredAPIVersion: string; objects: (Record<string, unknown> & { size?: number; width?: number })[] }

const GROUP = 'example.com';
const WIDGETS = `/apis/${GROUP}/v2/namespaces/default/widgets`;
/** v1 says `size`, v2 says `width`; the webhook cannot convert 13. */
const field = (name: string): object => ({ openAPIV3Schema: { type: 'object', properties: { [name]: { type: 'integer' }, color: { type: 'string' } } } });

let etcd: EtcdProcess;
let folder: TestFolder;
let server: AuthServer;
let hooks: HookServer;

const ask = (method: string, path: string, body?: unknown): Promise<TestAnswer> => server.request({ method, path, token: 'admin-token', body });
const widget = (name: string, width: number): object => ({ apiVersion: `${GROUP}/v2`, kind: 'Widget', metadata: { name }, width });
const clientConfig = (path: string): object => ({ url: `${hooks.url}${path}`, caBundle: Buffer.from(folder.authority.certificate).toString('base64') });
const onlyV1 = { operations: ['CREATE', 'UPDATE', 'DELETE'], apiGroups: [GROUP], apiVersions: ['v1'], resources: ['widgets'] };

async function make(path: string, body: object): Promise<void> {
  const { status, body: { message } } = await ask('POST', path, body);
  expect([status, message]).toEqual([201, undefined]);
}

function converted({ objects, desiredAPIVersion }: Conversion): object {
  const failed = objects.some(({ size, width }) => (size ?? width) === 13);
  const convertedObjects = objects.map(({ size, width, ...rest }) => ({ ...rest, apiVersion: desiredAPIVersion, [desiredAPIVersion.endsWith('v1') ? 'size' : 'width']: size ?? width }));
  return failed ? { result: { status: 'Failed', message: 'thirteen' } } : { result: { status: 'Success' }, convertedObjects };
}

beforeAll(async () => {
  etcd = await startEtcd();
  folder = await testFolder();
  server = await startAuthServer(etcd, folder, ['--authorization-mode=RBAC']);
  hooks = await startHooks(await folder.certificate('hooks'));
  hooks.on('/convert', (review, response) => { says(converted(review.request as unknown as Conversion))(review, response); });
  await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: `widgets.${GROUP}` },
    spec: {
      group: GROUP, scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfig('/convert') } },
      versions: [{ name: 'v1', served: true, storage: true, schema: field('size') }, { name: 'v2', served: true, storage: false, schema: field('width') }],
    },
  });
  await make('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', { metadata: { name: 'w' }, webhooks: [{ name: 'w.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], matchPolicy: 'Equivalent', clientConfig: clientConfig('/mutate'), rules: [onlyV1] }] });
  await make('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', { metadata: { name: 'w' }, spec: { matchConstraints: { resourceRules: [onlyV1] }, validations: [{ expression: 'request.operation == "DELETE" || object.size < 10', messageExpression: '"size is " + string(object.size)' }] } });
  await make('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', { metadata: { name: 'w' }, spec: { policyName: 'w', validationActions: ['Deny'] } });
  hooks.on('/mutate', says({ allowed: true }));
  for (let tries = 0; tries < 200 && (await ask('POST', `${WIDGETS}?dryRun=All`, widget('probe', 50))).status !== 422; tries++) await systemClock.sleep(50);
}, 60_000);

afterAll(async () => {
  await hooks[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  await etcd[Symbol.asyncDispose]();
});

beforeEach(() => {
  hooks.on('/mutate', says({ allowed: true }));
  hooks.seen.length = 0;
});

describe('admission of a custom resource in a version that only a webhook can convert', () => {
  it('sees it in the version that its rules name, and changes it there', async () => {
    hooks.on('/mutate', says(patch({ op: 'replace', path: '/size', value: 3 })));
    const { status, body } = await ask('POST', WIDGETS, widget('a', 2));
    expect([status, body]).toMatchObject([201, { apiVersion: `${GROUP}/v2`, width: 3 }]);
    expect(body).not.toHaveProperty('size');
    const asked = hooks.seen.find(({ path }) => path.startsWith('/mutate'))?.review.request;
    expect(asked).toMatchObject({ kind: { version: 'v1', kind: 'Widget' }, resource: { version: 'v1' }, requestKind: { version: 'v2' }, requestResource: { version: 'v2' }, object: { apiVersion: `${GROUP}/v1`, size: 2 }, oldObject: null });
  });

  it('sees the state before so, too', async () => {
    const { status } = await ask('PUT', `${WIDGETS}/a`, { ...(await ask('GET', `${WIDGETS}/a`)).body, width: 4 });
    await ask('DELETE', `${WIDGETS}/a`);
    const asked = hooks.seen.filter(({ path }) => path.startsWith('/mutate')).map(({ review: { request } }) => [request.operation, request.oldObject, request.object]);
    expect([status, asked]).toMatchObject([200, [['UPDATE', { apiVersion: `${GROUP}/v1`, size: 3 }, { size: 4 }], ['DELETE', { apiVersion: `${GROUP}/v1`, size: 4 }, null]]]);
  });

  it('judges by policies what webhooks made of it', async () => {
    hooks.on('/mutate', says(patch({ op: 'replace', path: '/size', value: 11 })));
    expect((await ask('POST', WIDGETS, widget('b', 1))).body.message).toBe(`widgets.${GROUP} "b" is forbidden: ValidatingAdmissionPolicy 'w' with binding 'w' denied request: size is 11`);
  });

  it.each([['there', says({ allowed: true }), 13], ['back', says(patch({ op: 'replace', path: '/size', value: 13 })), 1]])('refuses what cannot be converted %s', async (_name, answer, width) => {
    hooks.on('/mutate', answer);
    const { status, body } = await ask('POST', WIDGETS, widget('c', width));
    expect([status, body.message]).toEqual([500, expect.stringContaining(`conversion webhook for ${GROUP}/`)]);
    expect(body.message).toContain('thirteen');
  });
});

import { systemClock } from '@kubernode/base';
import { createSigningRequest } from '@kubernode/component-base';
import { startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestAnswer, type TestFolder } from './auth-server.ts';
import { patch, says, startHooks, type HookServer, type Review } from './hook-server.ts';

interface Told { namespace?: string; subResource?: string; resource: { resource: string }; kind: { group: string; version: string; kind: string }; options: { kind: string } | null }
interface Meta { metadata: { name?: string; uid?: string } }

const CORE = '/api/v1/namespaces/facts';
const APPS = '/apis/apps/v1/namespaces/facts';
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };

const container = { name: 'c', image: 'x', resources: { requests: { cpu: '500m' } } };
const podNamed = (name: string): object => ({ metadata: { name }, spec: { automountServiceAccountToken: false, containers: [container] } });
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
const deployment = { metadata: { name: 'd' }, spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template } };
const gauges = {
  metadata: { name: 'gauges.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { plural: 'gauges', kind: 'Gauge' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }, subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } } }],
  },
};

let etcd: EtcdProcess;
let folder: TestFolder;
let server: AuthServer;
let hooks: HookServer;

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> => server.request({ method, path, token: 'admin-token', body, headers });

async function make(path: string, body: object): Promise<void> {
  const { status, body: { message } } = await ask('POST', path, body);
  expect([status, message]).toEqual([201, undefined]);
}

async function register(kind: 'mutating' | 'validating', rules: object[]): Promise<void> {
  const clientConfig = { url: `${hooks.url}/${kind}`, caBundle: Buffer.from(folder.authority.certificate).toString('base64') };
  await make(`/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`, { metadata: { name: 'all' }, webhooks: [{ name: 'all.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig, rules }] });
}

beforeAll(async () => {
  etcd = await startEtcd();
  folder = await testFolder();
  server = await startAuthServer(etcd, folder, ['--authorization-mode=RBAC', '--allow-privileged=true']);
  hooks = await startHooks(await folder.certificate('hooks'));
  await make('/api/v1/namespaces', { metadata: { name: 'facts' } });
  await make(`${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
  for (const name of ['p', 'q', 'r', 's']) await make(`${CORE}/pods`, podNamed(name));
  for (const name of ['a', 'b']) await make(`${CORE}/configmaps`, { metadata: { name } });
  await make(`${CORE}/services`, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
  await make('/api/v1/nodes', { metadata: { name: 'n' } });
  await make(`${APPS}/deployments`, deployment);
  await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', gauges);
  for (let tries = 0; tries < 100 && (await ask('POST', '/apis/example.com/v1/namespaces/facts/gauges', { apiVersion: 'example.com/v1', kind: 'Gauge', metadata: { name: 'g' }, spec: { size: 1 } })).status !== 201; tries++) await systemClock.sleep(50);
  const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
  await register('validating', rules);
  await register('mutating', rules);
  await systemClock.sleep(500);
}, 60_000);

afterAll(async () => {
  await hooks[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  await etcd[Symbol.asyncDispose]();
});

beforeEach(() => {
  hooks.on('/mutating', says({ allowed: true }));
  hooks.on('/validating', says({ allowed: true }));
  hooks.seen.length = 0;
});

/** `OPERATION group/version.Kind resource/sub namespace/name options new old`. */
function summary({ request }: Review): string {
  const { namespace = '', name = '', subResource, resource, kind, options, dryRun, operation, object, oldObject } = request as Review['request'] & Told;
  const kindOf = (one: Record<string, unknown> | null): string => (one === null ? '-' : String(one['kind']));
  return `${operation}${dryRun === true ? '?' : ''} ${kind.group}/${kind.version}.${kind.kind} ${resource.resource}${subResource === undefined ? '' : `/${subResource}`} ${namespace}/${name} ${options?.kind ?? '-'} ${kindOf(object)} ${kindOf(oldObject)}`;
}

const seenBy = (step: string): Review[] => hooks.seen.filter(({ path }) => path.startsWith(`/${step}`)).map(({ review }) => review);

type Case = [name: string, request: Parameters<typeof ask>, told: string];

const CASES: Case[] = [
  ['an update', ['PUT', `${CORE}/configmaps/a`, { metadata: { name: 'a' }, data: { x: 'y' } }], 'UPDATE /v1.ConfigMap configmaps facts/a UpdateOptions ConfigMap ConfigMap'],
  ['a patch', ['PATCH', `${CORE}/configmaps/a?dryRun=All`, { data: { x: 'z' } }, merge], 'UPDATE? /v1.ConfigMap configmaps facts/a UpdateOptions ConfigMap ConfigMap'],
  ['an apply that creates', ['PATCH', `${CORE}/configmaps/applied?fieldManager=m&force=true`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } }, apply], 'CREATE /v1.ConfigMap configmaps facts/applied CreateOptions ConfigMap -'],
  ['an update that creates', ['PUT', '/apis/coordination.k8s.io/v1/namespaces/facts/leases/l', { metadata: { name: 'l' }, spec: {} }], 'CREATE coordination.k8s.io/v1.Lease leases facts/l CreateOptions Lease -'],
  ['a namespace', ['POST', '/api/v1/namespaces', { metadata: { name: 'more' } }], 'CREATE /v1.Namespace namespaces more/more CreateOptions Namespace -'],
  ['a deletion', ['DELETE', `${CORE}/configmaps/applied`], 'DELETE /v1.ConfigMap configmaps facts/applied DeleteOptions - ConfigMap'],
  ['a status', ['PATCH', `${CORE}/pods/p/status`, { status: { message: 'm' } }, merge], 'UPDATE /v1.Pod pods/status facts/p UpdateOptions Pod Pod'],
  ['ephemeral containers', ['PATCH', `${CORE}/pods/p/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: 'e', image: 'x' }] } }, merge], 'UPDATE /v1.Pod pods/ephemeralcontainers facts/p UpdateOptions Pod Pod'],
  ['a resize', ['PATCH', `${CORE}/pods/p/resize`, { spec: { containers: [{ ...container, resources: { requests: { cpu: '1' } } }] } }, merge], 'UPDATE /v1.Pod pods/resize facts/p UpdateOptions Pod Pod'],
  ['a binding', ['POST', `${CORE}/pods/q/binding`, { metadata: { name: 'q' }, target: { kind: 'Node', name: 'n' } }], 'CREATE /v1.Binding pods/binding facts/q CreateOptions Binding -'],
  ['a binding of the old kind', ['POST', `${CORE}/bindings`, { metadata: { name: 'r' }, target: { kind: 'Node', name: 'n' } }], 'CREATE /v1.Binding bindings facts/r CreateOptions Binding -'],
  ['an eviction', ['POST', `${CORE}/pods/p/eviction?dryRun=All`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }], 'CREATE? policy/v1.Eviction pods/eviction facts/p CreateOptions Eviction -'],
  ['a token request', ['POST', `${CORE}/serviceaccounts/default/token`, {}], 'CREATE authentication.k8s.io/v1.TokenRequest serviceaccounts/token facts/default CreateOptions TokenRequest -'],
  ['a scale', ['PUT', `${APPS}/deployments/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 2 } }], 'UPDATE autoscaling/v1.Scale deployments/scale facts/d UpdateOptions Scale Scale'],
  ['a patched scale', ['PATCH', `${APPS}/deployments/d/scale`, { spec: { replicas: 3 } }, merge], 'UPDATE autoscaling/v1.Scale deployments/scale facts/d UpdateOptions Scale Scale'],
  ['a scale of a custom resource', ['PATCH', '/apis/example.com/v1/namespaces/facts/gauges/g/scale', { spec: { replicas: 2 } }, merge], 'UPDATE autoscaling/v1.Scale gauges/scale facts/g UpdateOptions Scale Scale'],
  ['a status of a custom resource', ['PATCH', '/apis/example.com/v1/namespaces/facts/gauges/g/status', { status: { size: 2 } }, merge], 'UPDATE example.com/v1.Gauge gauges/status facts/g UpdateOptions Gauge Gauge'],
  ['exec', ['POST', `${CORE}/pods/p/exec?command=ls`], 'CONNECT /v1.PodExecOptions pods/exec facts/p - PodExecOptions -'],
  ['attach', ['GET', `${CORE}/pods/p/attach?stdin=true`], 'CONNECT /v1.PodAttachOptions pods/attach facts/p - PodAttachOptions -'],
  ['port forwarding', ['POST', `${CORE}/pods/p/portforward?ports=80`], 'CONNECT /v1.PodPortForwardOptions pods/portforward facts/p - PodPortForwardOptions -'],
  ['a proxied pod', ['GET', `${CORE}/pods/p/proxy/x`], 'CONNECT /v1.PodProxyOptions pods/proxy facts/p - PodProxyOptions -'],
  ['a proxied service', ['PUT', `${CORE}/services/s/proxy/x`, {}], 'CONNECT /v1.ServiceProxyOptions services/proxy facts/s - ServiceProxyOptions -'],
  ['a proxied node', ['GET', '/api/v1/nodes/n/proxy/x'], 'CONNECT /v1.NodeProxyOptions nodes/proxy /n - NodeProxyOptions -'],
  ['finalization', ['PUT', '/api/v1/namespaces/more/finalize', { metadata: { name: 'more' }, spec: { finalizers: ['kubernetes'] } }], 'UPDATE /v1.Namespace namespaces/finalize more/more UpdateOptions Namespace Namespace'],
  ['a review of access', ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'u', nonResourceAttributes: { path: '/', verb: 'get' } } }], 'CREATE authorization.k8s.io/v1.SubjectAccessReview subjectaccessreviews / CreateOptions SubjectAccessReview -'],
  ['a review of access in a namespace', ['POST', '/apis/authorization.k8s.io/v1/namespaces/facts/localsubjectaccessreviews', { spec: { user: 'u', resourceAttributes: { namespace: 'facts', verb: 'get' } } }], 'CREATE authorization.k8s.io/v1.LocalSubjectAccessReview localsubjectaccessreviews facts/ CreateOptions LocalSubjectAccessReview -'],
  ['a review of a token', ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 't' } }], 'CREATE authentication.k8s.io/v1.TokenReview tokenreviews / CreateOptions TokenReview -'],
  ['a review of oneself', ['POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}], 'CREATE authentication.k8s.io/v1.SelfSubjectReview selfsubjectreviews / CreateOptions SelfSubjectReview -'],
];

describe('admission', () => {
  it.each(CASES)('is told of %s', async (_name, request, told) => {
    await ask(...request);
    expect([seenBy('mutating').map(summary), seenBy('validating').map(summary)]).toEqual([[told], [told]]);
  });

  it('sees new objects before they have a name and a uid, and judges them with both', async () => {
    const { body } = await ask('POST', `${CORE}/configmaps`, { metadata: { generateName: 'made-', uid: 'own' } });
    const { name, uid } = (body as unknown as Meta).metadata;
    const [before, after] = [seenBy('mutating'), seenBy('validating')].map(([review]) => review?.request);
    expect([before?.name, before?.object?.['metadata']]).toMatchObject([undefined, { generateName: 'made-', namespace: 'facts' }]);
    expect(Object.keys(before?.object?.['metadata'] ?? {})).not.toEqual(expect.arrayContaining(['uid']));
    expect([after?.name, after?.object?.['metadata']]).toMatchObject([name, { name, uid }]);
    expect(uid).not.toBe('own');
  });

  it('is told of each object of a collection that is deleted, without its name', async () => {
    await ask('DELETE', `${CORE}/configmaps?fieldSelector=metadata.name!%3Dkube-root-ca.crt`);
    const names = seenBy('validating').map(({ request: { oldObject } }) => (oldObject as unknown as Meta).metadata.name).toSorted();
    expect([names.slice(0, 2), new Set(seenBy('mutating').map(summary))]).toEqual([['a', 'b'], new Set(['DELETE /v1.ConfigMap configmaps facts/ DeleteOptions - ConfigMap'])]);
  });

  it('is told of approvals', async () => {
    const base = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const { request } = await createSigningRequest({ commonName: 'test' });
    const { status, body } = await ask('POST', base, { metadata: { name: 'c' }, spec: { request: Buffer.from(request).toString('base64'), signerName: 'example.com/x', usages: ['client auth'] } });
    if (status !== 201) throw new Error(body.message);
    hooks.seen.length = 0;
    await ask('PATCH', `${base}/c/approval`, { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'r', message: '' }] } }, merge);
    expect(seenBy('validating').map(summary)).toEqual(['UPDATE certificates.k8s.io/v1.CertificateSigningRequest certificatesigningrequests/approval /c UpdateOptions CertificateSigningRequest CertificateSigningRequest']);
  });

  it('shows a scale with the state before and after', async () => {
    await ask('PUT', `${APPS}/deployments/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 5 } });
    await ask('PUT', `${APPS}/deployments/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 6 } });
    expect(seenBy('validating').map(({ request: { object, oldObject } }) => [oldObject, object])[1]).toMatchObject([{ apiVersion: 'autoscaling/v1', spec: { replicas: 5 }, status: { replicas: 0, selector: 'a=b' } }, { apiVersion: 'autoscaling/v1', metadata: { name: 'd', namespace: 'facts' }, spec: { replicas: 6 } }]);
  });
});

describe('what a webhook makes of a request', () => {
  const replicas = (value: number): object => patch({ op: 'replace', path: '/spec/replicas', value });

  it.each<[string, object, Parameters<typeof ask>, (answer: TestAnswer) => unknown, unknown]>([
    ['a scale', replicas(9), ['PUT', `${APPS}/deployments/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 2 } }], ({ body }) => body['spec'], { replicas: 9 }],
    ['a custom scale', replicas(8), ['PATCH', '/apis/example.com/v1/namespaces/facts/gauges/g/scale', { spec: { replicas: 2 } }, merge], ({ body }) => body['spec'], { replicas: 8 }],
    ['a scale that is none', replicas(-1), ['PUT', `${APPS}/deployments/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 2 } }], ({ status, body }) => [status, body.message], [422, 'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    ['a token request', patch({ op: 'add', path: '/spec/expirationSeconds', value: 700 }), ['POST', `${CORE}/serviceaccounts/default/token`, {}], ({ body }) => (body['spec'] as { expirationSeconds: number }).expirationSeconds, 700],
    ['a review', patch({ op: 'replace', path: '/spec/user', value: 'admin' }, { op: 'add', path: '/spec/groups', value: ['system:masters'] }), ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'u', nonResourceAttributes: { path: '/', verb: 'get' } } }], ({ body }) => (body.status as { allowed: boolean }).allowed, true],
    ['an eviction', patch({ op: 'add', path: '/deleteOptions', value: { preconditions: { uid: 'other' } } }), ['POST', `${CORE}/pods/s/eviction`, { metadata: { name: 's' } }], ({ status }) => status, 409],
    ['a connection', patch({ op: 'add', path: '/container', value: 'none' }), ['POST', `${CORE}/pods/p/exec?command=ls&container=c`], ({ body }) => body.message, 'container none is not valid for pod p'],
  ])('is what counts: %s', async (_name, response, request, read, expected) => {
    hooks.on('/mutating', says(response));
    expect(read(await ask(...request))).toEqual(expected);
  });

  it('is where a pod is bound', async () => {
    hooks.on('/mutating', says(patch({ op: 'replace', path: '/target/name', value: 'elsewhere' })));
    await ask('POST', `${CORE}/pods/s/binding`, { metadata: { name: 's' }, target: { kind: 'Node', name: 'n' } });
    expect((await ask('GET', `${CORE}/pods/s`)).body['spec']).toMatchObject({ nodeName: 'elsewhere' });
  });
});

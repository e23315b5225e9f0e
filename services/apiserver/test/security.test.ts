// What credentials that leak may reach, and what requests made to hurt do, through the front door of an API server on a real etcd. docs/SECURITY.md names these tests.
import { systemClock } from '@kubernode/base';
import type { KeyPair } from '@kubernode/component-base';
import { type AuthServer, type EtcdProcess, Fixtures, startAuthServer, startEtcd, testFolder, type TestAnswer, type TestFolder, type TestRequest } from './auth-server.ts';

const POLL_MS = 50;
const SEEN_WITHIN_MS = 20_000;
const NS = '/api/v1/namespaces/default';
const AUTH = '/apis/rbac.authorization.k8s.io/v1';
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

const fixtures = new Fixtures();
let server: AuthServer;
let node: KeyPair;
let podToken = '';

const admin = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> => server.request({ method, path, token: 'admin-token', ...(body !== undefined && { body }), headers });
const asNode = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> => server.request({ method, path, tls: { cert: node.certificate, key: node.key }, ...(body !== undefined && { body }), headers });
const asPod = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> => server.request({ method, path, token: podToken, ...(body !== undefined && { body }), headers });
const MERGE = { 'content-type': 'application/merge-patch+json' };

async function made(path: string, body: unknown): Promise<TestAnswer['body']> {
  const answer = await admin('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = systemClock.monotonicNow() + SEEN_WITHIN_MS; !await holds();) {
    if (systemClock.monotonicNow() > giveUpAt) throw new Error('it never came');
    await systemClock.sleep(POLL_MS);
  }
}

const podOn = (name: string, nodeName: string): object => ({ metadata: { name }, spec: { nodeName, serviceAccountName: 'app', containers: [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name } }, { configMapRef: { name } }] }] } });

beforeAll(async () => {
  const [etcd, folder]: [EtcdProcess, TestFolder] = await Promise.all([fixtures.use(startEtcd()), fixtures.use(testFolder())]);
  node = await folder.certificate('system:node:n1', { organizations: ['system:nodes'] });
  server = await fixtures.use(startAuthServer(etcd, folder, ['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction', `--client-ca-file=${folder.file('ca.crt', folder.authority.certificate)}`]));
  await made(`${NS}/serviceaccounts`, { metadata: { name: 'app' } });
  for (const name of ['n1', 'n2']) await made('/api/v1/nodes', { metadata: { name } });
  for (const [name, nodeName] of [['mine', 'n1'], ['theirs', 'n2']] as const) {
    await made(`${NS}/secrets`, { metadata: { name }, stringData: { password: 'hunter2' } });
    await made(`${NS}/configmaps`, { metadata: { name }, data: {} });
    await made(`${NS}/pods`, podOn(name, nodeName));
  }
  await made(`${NS}/serviceaccounts/default/token`, { spec: {} }).catch(() => undefined); // the account is a controller's to make
  await made(CSRS, { metadata: { name: 'theirs' }, spec: { request: Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\n').toString('base64'), signerName: 'example.com/x', usages: ['client auth'] } }).catch(() => undefined);
  const { body: pod } = await admin('GET', `${NS}/pods/mine`);
  const issued = await made(`${NS}/serviceaccounts/app/token`, { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: (pod['metadata'] as { uid: string }).uid } } });
  podToken = (issued.status as { token: string }).token;
  await until(async () => (await asNode('GET', `${NS}/secrets/mine`)).status === 200);
}, 90_000);
afterAll(() => fixtures[Symbol.asyncDispose]());

describe('a node with its own credentials', () => {
  const bound = (name: string, uid?: string): object => ({ spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, ...(uid !== undefined && { uid }) } } });
  const labels = (name: string): object => ({ metadata: { labels: { [name]: 'x' } } });
  it.each<[string, string, string, unknown, Record<string, string>, number]>([
    ['its pod\'s secret', 'GET', `${NS}/secrets/mine`, undefined, {}, 200],
    ['another node\'s secret', 'GET', `${NS}/secrets/theirs`, undefined, {}, 403],
    ['all secrets', 'GET', '/api/v1/secrets', undefined, {}, 403],
    ['secrets of a namespace', 'GET', `${NS}/secrets`, undefined, {}, 403],
    ['one secret by a selector', 'GET', `${NS}/secrets?fieldSelector=metadata.name%3Dtheirs`, undefined, {}, 403],
    ['its own secret by another\'s path', 'GET', `${NS}/secrets/mine/../theirs`, undefined, {}, 403],
    ['another node\'s config', 'GET', `${NS}/configmaps/theirs`, undefined, {}, 403],
    ['writing its pod\'s secret', 'PATCH', `${NS}/secrets/mine`, { stringData: { a: 'b' } }, MERGE, 403],
    ['its own annotation', 'PATCH', '/api/v1/nodes/n1', { metadata: { annotations: { a: 'b' } } }, MERGE, 200],
    ['another node', 'PATCH', '/api/v1/nodes/n2', { metadata: { annotations: { a: 'b' } } }, MERGE, 403],
    ['another node\'s status', 'PATCH', '/api/v1/nodes/n2/status', { status: {} }, MERGE, 403],
    ['the end of another node', 'DELETE', '/api/v1/nodes/n2', undefined, {}, 403],
    ['its own end', 'DELETE', '/api/v1/nodes/n1', undefined, {}, 403],
    ['a label that is not a node\'s to give', 'PATCH', '/api/v1/nodes/n1', labels('node-restriction.kubernetes.io/tenant'), MERGE, 403],
    ['a role', 'PATCH', '/api/v1/nodes/n1', labels('node-role.kubernetes.io/control-plane'), MERGE, 403],
    ['its taints', 'PATCH', '/api/v1/nodes/n1', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }, MERGE, 403],
    ['another node\'s pod\'s status', 'PATCH', `${NS}/pods/theirs/status`, { status: { phase: 'Failed' } }, MERGE, 403],
    ['its pod\'s status', 'PATCH', `${NS}/pods/mine/status`, { status: { phase: 'Running' } }, MERGE, 200],
    ['the end of another node\'s pod', 'DELETE', `${NS}/pods/theirs`, undefined, {}, 403],
    ['the eviction of another node\'s pod', 'POST', `${NS}/pods/theirs/eviction`, { metadata: { name: 'theirs' } }, {}, 403],
    ['a pod of its own making', 'POST', `${NS}/pods`, podOn('made', 'n1'), {}, 403],
    ['binding a pod', 'POST', `${NS}/pods/theirs/binding`, { metadata: { name: 'theirs' }, target: { name: 'n1' } }, {}, 403],
    ['a command in a pod', 'POST', `${NS}/pods/theirs/exec?command=sh`, undefined, {}, 403],
    ['another node\'s server', 'GET', '/api/v1/nodes/n2/proxy/pods', undefined, {}, 403],
    ['a token for another node\'s pod', 'POST', `${NS}/serviceaccounts/app/token`, bound('theirs', 'x'), {}, 403],
    ['a token for no pod', 'POST', `${NS}/serviceaccounts/app/token`, { spec: {} }, {}, 403],
    ['another node\'s lease', 'POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', { metadata: { name: 'n2' } }, {}, 403],
    ['the leaders\' lease', 'PATCH', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler', { spec: {} }, MERGE, 403],
    ['another node\'s drivers', 'POST', '/apis/storage.k8s.io/v1/csinodes', { metadata: { name: 'n2' }, spec: { drivers: [] } }, {}, 403],
    ['approving certificates', 'PUT', `${CSRS}/theirs/approval`, { metadata: { name: 'theirs' } }, {}, 403],
    ['signing certificates', 'PUT', `${CSRS}/theirs/status`, { metadata: { name: 'theirs' } }, {}, 403],
    ['rights', 'POST', `${AUTH}/clusterrolebindings`, { metadata: { name: 'x' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [] }, {}, 403],
    ['acting as another', 'GET', '/api/v1/secrets', undefined, { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' }, 403],
    ['saying that it is a front proxy', 'GET', '/api/v1/secrets', undefined, { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' }, 403],
    ['another method by a header', 'GET', `${NS}/secrets`, undefined, { 'x-http-method-override': 'DELETE' }, 403],
  ])('%s', async (_what, method, path, body, headers, status) => { expect(await asNode(method, path, body, headers)).toMatchObject({ status }); });
});

describe('a pod with its token', () => {
  it.each<[string, string, string, unknown, Record<string, string>, number]>([
    ['what it may', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: { nonResourceAttributes: { verb: 'get', path: '/' } } }, {}, 201],
    ['secrets', 'GET', `${NS}/secrets`, undefined, {}, 403],
    ['the secret that it has as a volume', 'GET', `${NS}/secrets/mine`, undefined, {}, 403],
    ['other pods', 'GET', '/api/v1/pods', undefined, {}, 403],
    ['commands in other pods', 'POST', `${NS}/pods/theirs/exec?command=sh`, undefined, {}, 403],
    ['nodes', 'GET', '/api/v1/nodes', undefined, {}, 403],
    ['a node\'s server', 'GET', '/api/v1/nodes/n1/proxy/pods', undefined, {}, 403],
    ['a new token for its account', 'POST', `${NS}/serviceaccounts/app/token`, { spec: {} }, {}, 403],
    ['rights', 'POST', `${AUTH}/namespaces/default/rolebindings`, { metadata: { name: 'x' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' } }, {}, 403],
    ['acting as another', 'GET', `${NS}/secrets`, undefined, { 'impersonate-user': 'admin' }, 403],
    ['metrics', 'GET', '/metrics', undefined, {}, 403],
    ['flags', 'GET', '/flagz', undefined, {}, 403],
  ])('%s', async (_what, method, path, body, headers, status) => { expect(await asPod(method, path, body, headers)).toMatchObject({ status }); });

  it('is nobody with a token that was changed, unsigned, or for others', async () => {
    const [head = '', claims = '', signature = ''] = podToken.split('.');
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()) as object, sub: 'system:serviceaccount:kube-system:admin' })).toString('base64url');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const elsewhere = ((await made(`${NS}/serviceaccounts/app/token`, { spec: { audiences: ['vault'] } })).status as { token: string }).token;
    const keyless = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
    for (const token of [`${head}.${forged}.${signature}`, `${none}.${claims}.`, `${none}.${claims}.${signature}`, `${keyless}.${claims}.${signature}`, `${head}.${claims}.`, `${head}.${claims}`, elsewhere]) {
      expect(await server.request({ path: '/api', token })).toMatchObject({ status: 401 });
    }
  });

  it('is nobody once the pod is gone', async () => {
    expect((await asPod('GET', '/api')).status).toBe(200);
    expect(await admin('DELETE', `${NS}/pods/mine?gracePeriodSeconds=0`)).toMatchObject({ status: 200 });
    await until(async () => (await admin('GET', `${NS}/pods/mine`)).status === 404);
    await until(async () => (await asPod('GET', '/api')).status === 401);
    await until(async () => (await asNode('GET', `${NS}/secrets/mine`)).status === 403); // nor does its node get what it needed
  }, 60_000);
});

describe('paths and names', () => {
  it.each([
    `${NS}/configmaps/../secrets/theirs`, `${NS}/configmaps/%2e%2e/secrets/theirs`, `${NS}/configmaps/..%2fsecrets%2ftheirs`, `${NS}/configmaps/%2e%2e%2f%2e%2e%2fsecrets`, `${NS}/configmaps//../secrets`, `/api/v1/../v1${NS.slice(7)}/secrets/theirs`,
    `/healthz/../api/v1/secrets`, `/readyz/..%2fapi/v1/secrets`, `//api/v1/secrets`, `/version/%2e%2e/api/v1/secrets`, `${NS}/secrets/theirs%00`, `${NS}/secrets/theirs%00.x`, `${NS}/secrets%00/theirs`, `${NS}/secrets;x/theirs`, `${NS}/configmaps/theirs?/../../secrets/theirs`,
    `${NS}/SECRETS/theirs`, `/api/v1/namespaces/default%2fsecrets/theirs`, `/api/v1/watch/namespaces/default/secrets`, `/api/v1/proxy/nodes/n1`, `http://127.0.0.1/api/v1/secrets`, `/openapi/v3/../../api/v1/secrets`, `/api/v1/secrets%3f`, `/api/v1%2fsecrets`, `/.well-known/../api/v1/secrets`,
  ])('%s leads nowhere without rights', async (path) => {
    for (const request of [{ path }, { path, token: 'alice-token' }] satisfies TestRequest[]) {
      const { status, body } = await server.request(request);
      expect([path, status >= 300 && status < 500 ? 'refused' : status]).toEqual([path, 'refused']);
      expect(JSON.stringify(body)).not.toContain(Buffer.from('hunter2').toString('base64'));
    }
  });

  it.each(['..', '.', 'a/b', 'a%2fb', '../../etc/passwd', 'a\0b', 'a\nb', '%', ' ', 'A', '__proto__', 'a'.repeat(254), '\u202e', '-x', 'a..', '..a'])('no object is called %j', async (name) => {
    expect((await admin('POST', `${NS}/configmaps`, { metadata: { name } })).status).toBe(422);
    expect((await admin('POST', '/api/v1/namespaces', { metadata: { name } })).status).toBe(422);
  });

  it.each(['..', '.', '../x', 'a/b', 'a\0', '', 'a'.repeat(254), '..x'])('no key of a ConfigMap, a Secret or a path in a volume is called %j', async (key) => {
    for (const kind of ['configmaps', 'secrets']) expect((await admin('POST', `${NS}/${kind}`, { metadata: { name: 'keys' }, data: { [key]: '' } })).status).toBe(422);
  });

  it.each(['../x', 'a/../../x', '/etc', '..'])('no volume leads to %j', async (path) => {
    const pod = (spec: object): object => ({ metadata: { name: 'leads' }, spec: { serviceAccountName: 'app', containers: [{ name: 'c', image: 'i', ...spec }], volumes: [{ name: 'v', emptyDir: {} }] } });
    expect((await admin('POST', `${NS}/pods`, pod({ volumeMounts: [{ name: 'v', mountPath: '/v', subPath: path }] }))).status).toBe(422);
    const items = { metadata: { name: 'leads' }, spec: { serviceAccountName: 'app', containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', configMap: { name: 'x', items: [{ key: 'k', path }] } }] } };
    expect((await admin('POST', `${NS}/pods`, items)).status).toBe(422);
  });

  it.each(['../../../etc/passwd', 'c/../../x', '%2e%2e', 'none'])('no log of a container %j', async (container) => {
    expect((await admin('GET', `${NS}/pods/theirs/log?container=${encodeURIComponent(container)}`)).status).toBe(400);
  });
});

describe('requests made to hurt', () => {
  const DEPTH = 200_000;
  const deep = (open: string, close: string, inner = '1', depth = DEPTH): string => open.repeat(depth) + inner + close.repeat(depth);
  const raw = (method: string, path: string, contentType: string, text: string): Promise<TestAnswer> => server.request({ method, path, token: 'admin-token', headers: { 'content-type': contentType }, text });
  afterEach(async () => { expect((await server.request({ path: '/readyz' })).status).toBe(200); });

  it.each<[string, string, string, string, () => string]>([
    ['JSON arrays', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"deep"},"data":${deep('[', ']')}}`],
    ['JSON objects', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"deep"},"data":${deep('{"a":', '}')}}`],
    ['fields that nobody knows', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"deep"},"other":${deep('{"a":', '}')}}`],
    ['managed fields', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"deep","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${deep('{"f:a":', '}', '{}')}}]}}`],
    ['an unclosed body', 'POST', `${NS}/configmaps`, 'application/json', () => '['.repeat(1_000_000)],
    ['YAML in flow', 'POST', `${NS}/configmaps`, 'application/yaml', () => `metadata: {name: deep}\ndata: ${deep('[', ']')}`],
    ['YAML in blocks', 'POST', `${NS}/configmaps`, 'application/yaml', () => Array.from({ length: 1_500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['YAML aliases', 'POST', `${NS}/configmaps`, 'application/yaml', () => `metadata: {name: bomb}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(',')}]`).join('\n')}\n`],
    ['a merge patch', 'PATCH', `${NS}/configmaps/theirs`, 'application/merge-patch+json', () => `{"data":${deep('{"a":', '}')}}`],
    ['a strategic patch', 'PATCH', `${NS}/configmaps/theirs`, 'application/strategic-merge-patch+json', () => `{"data":${deep('{"a":', '}')}}`],
    ['a JSON patch', 'PATCH', `${NS}/configmaps/theirs`, 'application/json-patch+json', () => `[{"op":"add","path":"/data","value":${deep('[', ']')}}]`],
    ['a JSON patch\'s path', 'PATCH', `${NS}/configmaps/theirs`, 'application/json-patch+json', () => `[{"op":"add","path":"${'/a'.repeat(DEPTH)}","value":1}]`],
    ['a JSON patch that copies itself', 'PATCH', `${NS}/configmaps/theirs`, 'application/json-patch+json', () => JSON.stringify([{ op: 'add', path: '/data', value: { a: 'x'.repeat(1000) } }, ...Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/k${i}` }))])],
    ['an apply', 'PATCH', `${NS}/configmaps/deep?fieldManager=m`, 'application/apply-patch+yaml', () => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${deep('{"a":', '}')}}`],
    ['protobuf', 'POST', `${NS}/configmaps`, 'application/vnd.kubernetes.protobuf', () => `k8s\0${'\x0a\x7f'.repeat(DEPTH)}`],
    ['a schema', 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'application/json', () => `{"metadata":{"name":"deeps.x.y"},"spec":{"group":"x.y","scope":"Namespaced","names":{"plural":"deeps","kind":"Deep"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":${deep('{"type":"object","properties":{"a":', '}}', '{"type":"string"}', 20_000)}}}]}}`],
    ['an expression of parentheses', 'POST', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', 'application/json', () => policy(deep('(', ')', 'true', 50_000))],
    ['an expression of negations', 'POST', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', 'application/json', () => policy(`${'!'.repeat(50_001)}1`)],
    ['an expression of members', 'POST', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', 'application/json', () => policy(`object${'.a'.repeat(50_000)} == 1`)],
    ['an expression of sums', 'POST', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', 'application/json', () => policy(`${'1+'.repeat(50_000)}1 == 1`)],
    ['a selector of an object', 'POST', '/apis/apps/v1/namespaces/default/deployments', 'application/json', () => JSON.stringify({ metadata: { name: 'wide' }, spec: { selector: { matchExpressions: Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i}`, operator: 'In', values: ['a'] })) }, template: {} } })],
    ['a pattern that goes back and forth', 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'application/json', () => JSON.stringify({ metadata: { name: 'slows.x.y' }, spec: { group: 'x.y', scope: 'Namespaced', names: { plural: 'slows', kind: 'Slow' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$', default: `${'a'.repeat(40)}!` } } } } }] } })],
  ])('%s', async (_what, method, path, contentType, text) => {
    const { status } = await raw(method, path, contentType, text());
    expect([status >= 400 && status < 500, status]).toEqual([true, status]);
  }, 30_000);

  // As deep as is read: whatever walks through it must not fill the stack.
  const fields = (depth: number): string => deep('{"a":', '}', '1', depth);
  it.each<[string, string, string, string, () => string]>([
    ['fields that nobody knows', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"within-a"},"other":${fields(990)}}`],
    ['values of a wrong kind', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"within-b"},"data":${fields(990)}}`],
    ['managed fields', 'POST', `${NS}/configmaps`, 'application/json', () => `{"metadata":{"name":"within-c","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${deep('{"f:a":', '}', '{}', 990)}}]}}`],
    ['a schema', 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'application/json', () => `{"metadata":{"name":"withins.x.y"},"spec":{"group":"x.y","scope":"Namespaced","names":{"plural":"withins","kind":"Within"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":${deep('{"type":"object","properties":{"a":', '}}', '{"type":"string"}', 480)}}}]}}`],
    ['a merge patch', 'PATCH', `${NS}/configmaps/theirs`, 'application/merge-patch+json', () => `{"other":${fields(990)}}`],
    ['a strategic patch', 'PATCH', `${NS}/configmaps/theirs`, 'application/strategic-merge-patch+json', () => `{"other":${fields(990)}}`],
    ['a JSON patch', 'PATCH', `${NS}/configmaps/theirs`, 'application/json-patch+json', () => `[{"op":"add","path":"/other","value":${fields(990)}}]`],
    ['an object of no schema', 'POST', '/apis/open.x.y/v1/namespaces/default/opens', 'application/json', () => `{"apiVersion":"open.x.y/v1","kind":"Open","metadata":{"name":"within"},"spec":${fields(990)}}`],
    ['its apply', 'PATCH', '/apis/open.x.y/v1/namespaces/default/opens/applied?fieldManager=m', 'application/apply-patch+yaml', () => `{"apiVersion":"open.x.y/v1","kind":"Open","metadata":{"name":"applied"},"spec":${fields(290)}}`],
    ['its merge patch', 'PATCH', '/apis/open.x.y/v1/namespaces/default/opens/within', 'application/merge-patch+json', () => `{"spec":${fields(990)},"other":${fields(990)}}`],
    ['its JSON patch', 'PATCH', '/apis/open.x.y/v1/namespaces/default/opens/within', 'application/json-patch+json', () => `[{"op":"add","path":"/other","value":${fields(990)}}]`],
  ])('as deep as it may be: %s', async (what, method, path, contentType, text) => {
    if (what === 'an object of no schema') {
      await made('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { metadata: { name: 'opens.open.x.y' }, spec: { group: 'open.x.y', scope: 'Namespaced', names: { plural: 'opens', kind: 'Open' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }] } });
      await until(async () => (await admin('GET', '/apis/open.x.y/v1/namespaces/default/opens')).status === 200);
    }
    const { status } = await raw(method, path, contentType, text());
    expect([status < 500, status]).toEqual([true, status]);
  }, 60_000);

  it('a JSON patch that goes deeper with each copy ends', async () => {
    const step = Array.from({ length: 12 }, (_, i) => [{ op: 'copy', from: '/spec', path: `/copy${i}` }, { op: 'move', from: `/copy${i}`, path: `/spec${'/a'.repeat(990)}` }]).flat();
    const { status } = await raw('PATCH', '/apis/open.x.y/v1/namespaces/default/opens/within', 'application/json-patch+json', JSON.stringify(step));
    expect([status >= 400 && status < 500, status]).toEqual([true, status]);
    expect((await admin('GET', '/apis/open.x.y/v1/namespaces/default/opens/within')).status).toBe(200);
  }, 60_000);

  it.each<[string, string, number]>([
    ['a huge selector of labels', `${NS}/pods?labelSelector=${encodeURIComponent(Array.from({ length: 10_000 }, (_, i) => `k${i} in (a,b,c)`).join(','))}`, 200],
    ['a selector of one endless set', `${NS}/pods?labelSelector=${encodeURIComponent(`k in (${'a,'.repeat(100_000)}b)`)}`, 200],
    ['a selector of open brackets', `${NS}/pods?labelSelector=${encodeURIComponent(`k in ${'('.repeat(100_000)}`)}`, 400],
    ['a huge selector of fields', `${NS}/pods?fieldSelector=${encodeURIComponent(Array.from({ length: 10_000 }, () => 'metadata.name!=a').join(','))}`, 200],
    ['a field of endless depth', `${NS}/pods?fieldSelector=${encodeURIComponent(`metadata${'.a'.repeat(50_000)}=1`)}`, 400],
    ['a token of what comes next that is none', `${NS}/pods?limit=1&continue=${'A'.repeat(100_000)}`, 400],
    ['a thousand parameters', `${NS}/pods?${Array.from({ length: 10_000 }, (_, i) => `p${i}=1`).join('&')}`, 200],
    ['a target beyond a megabyte', `${NS}/pods?labelSelector=${'a'.repeat(1_100_000)}`, 431],
  ])('%s', async (_what, path, status) => { expect((await admin('GET', path)).status).toBe(status); }, 30_000);

  it('bodies that are compressed are not unpacked', async () => {
    expect((await raw('POST', `${NS}/configmaps`, 'application/json', '\x1f\x8b\x08')).status).toBe(400);
    expect((await server.request({ method: 'POST', path: `${NS}/configmaps`, token: 'admin-token', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, text: '\x1f\x8b\x08' })).status).toBeGreaterThanOrEqual(400);
  });
});

function policy(expression: string): string {
  return JSON.stringify({ metadata: { name: 'deep' }, spec: { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }] }, validations: [{ expression }] } });
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { Fixtures, startAuthServer, startEtcd, testFolder, type AuthServer, type EtcdProcess, type TestAnswer, type TestFolder, type TestRequest } from './auth-server.ts';

let etcd: EtcdProcess, folder: TestFolder, server: AuthServer;

/** A namespace for each level; in `metadata` requests are written down when they come, too. */
const NAMESPACES = { full: 'RequestResponse', half: 'Request', metadata: 'Metadata' } as const;
type Namespace = keyof typeof NAMESPACES;
const POLICY = {
  apiVersion: 'audit.k8s.io/v1', kind: 'Policy',
  rules: [
    { level: 'None', users: ['alice'], verbs: ['list'] },
    { level: 'RequestResponse', namespaces: ['full'], resources: [{ group: '', resources: ['configmaps'] }], omitStages: ['RequestReceived'], omitManagedFields: true },
    { level: 'Request', namespaces: ['half'], resources: [{ group: '', resources: ['configmaps'] }], omitStages: ['RequestReceived'] },
    { level: 'Metadata', resources: [{ group: '', resources: ['configmaps'] }] },
    { level: 'Metadata', nonResourceURLs: ['/version*'], omitStages: ['ResponseComplete'] },
  ],
};

const fixtures = new Fixtures();
beforeAll(async () => {
  [etcd, folder] = await Promise.all([fixtures.use(startEtcd()), fixtures.use(testFolder())]);
  server = await fixtures.use(startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--audit-policy-file=${folder.file('policy.yaml', JSON.stringify(POLICY))}`, `--audit-log-path=${path.join(folder.path, 'audit.log')}`]));
  for (const name of Object.keys(NAMESPACES)) await server.request({ method: 'POST', path: '/api/v1/namespaces', token: 'admin-token', body: { metadata: { name } } });
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose]());

interface LoggedEvent { auditID: string; stage: string; requestReceivedTimestamp?: string; stageTimestamp?: string }
interface Audited { answer: TestAnswer; events: object[] }

let requests = 0;
const ADMIN = { username: 'admin', uid: '1', groups: ['system:masters', 'system:authenticated'] };
const ALICE = { username: 'alice', uid: '2', groups: ['system:authenticated'] };
const ALLOWED = { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' };
const FORBIDDEN = { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' };

/** What the log says of a request by the time its answer is there; of one that goes on, once all `stages` are reached. */
async function audited(request: TestRequest, { stages = 0 } = {}): Promise<Audited> {
  const auditID = `request-${requests++}`;
  const answer = await server.request({ token: 'admin-token', ...request, headers: { 'audit-id': auditID, 'user-agent': 'test', ...request.headers } });
  let events = logged(auditID);
  for (let polls = 0; events.length < stages && polls < 100; polls++) { await systemClock.sleep(50); events = logged(auditID); }
  return { answer, events: events.map(withoutTimes) };
}

function logged(auditID: string): LoggedEvent[] {
  const lines = readFileSync(path.join(folder.path, 'audit.log'), 'utf8').trim().split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as LoggedEvent).filter((one) => one.auditID === auditID);
}

/** Times differ from run to run; that they are there, in order and in Kubernetes' form is checked here. */
function withoutTimes({ auditID: _chosenHere, requestReceivedTimestamp = '', stageTimestamp = '', ...event }: LoggedEvent): object {
  expect([requestReceivedTimestamp, stageTimestamp]).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/), expect.stringMatching(/Z$/)]);
  expect(stageTimestamp >= requestReceivedTimestamp).toBe(true);
  return event;
}

/** A request at the configmaps of a namespace, and all that could be told of it. */
interface Case {
  verb: string;
  request: TestRequest;
  code: number;
  name?: string;
  user?: typeof ADMIN;
  /** Fields of every event but the first. */
  later?: object;
  requestObject?: object;
  responseObject?: (namespace: Namespace) => object;
  /** What the answer says besides its code. */
  responseStatus?: object;
  annotations?: object;
  isWatch?: boolean;
}

const ANY = expect.any(String) as string;
const configMap = (namespace: string, data: object): object => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c', namespace, uid: ANY, resourceVersion: ANY, creationTimestamp: ANY }, data });
const failure = (reason: string, message: string, details: object): object => ({ status: 'Failure', reason, message, details });
const notFound = failure('NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' });
const noName = failure('Invalid', 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required', { kind: 'ConfigMap', causes: [{ reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field: 'metadata.name' }] });
const deleted = { status: 'Success', details: { name: 'c', kind: 'configmaps', uid: ANY } };
const status = (of: object, code?: number) => (): object => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...of, ...(code !== undefined && { code }) });
const forbidden = (user: string, namespace: Namespace): object => failure('Forbidden', `configmaps "c" is forbidden: User "${user}" cannot get resource "configmaps" in API group "" in the namespace "${namespace}"`, { name: 'c', kind: 'configmaps' });

const casesIn = (namespace: Namespace): Case[] => [
  { verb: 'create', request: { method: 'POST', path: '', body: { metadata: { name: 'c' }, data: { a: '<1>' } } }, code: 201, later: { name: 'c' }, requestObject: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c' }, data: { a: '<1>' } }, responseObject: (own) => configMap(own, { a: '<1>' }) },
  { verb: 'get', request: { path: '/c' }, name: 'c', code: 200, responseObject: (own) => configMap(own, { a: '<1>' }) },
  { verb: 'update', request: { method: 'PUT', path: '/c', body: { metadata: { name: 'c' }, data: { a: '2' } } }, name: 'c', code: 200, requestObject: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c' }, data: { a: '2' } }, responseObject: (own) => configMap(own, { a: '2' }) },
  { verb: 'patch', request: { method: 'PATCH', path: '/c', body: { data: { b: '3' } }, headers: { 'content-type': 'application/merge-patch+json' } }, name: 'c', code: 200, requestObject: { data: { b: '3' } }, responseObject: (own) => configMap(own, { a: '2', b: '3' }) },
  { verb: 'watch', request: { path: '?watch=1&resourceVersion=0&timeoutSeconds=1' }, code: 200, isWatch: true },
  { verb: 'get', request: { path: '/none' }, name: 'none', code: 404, responseStatus: notFound, responseObject: status(notFound, 404) },
  { verb: 'create', request: { method: 'POST', path: '', body: {} }, code: 422, requestObject: { kind: 'ConfigMap', apiVersion: 'v1', metadata: {} }, responseStatus: noName, responseObject: status(noName, 422) },
  { verb: 'get', request: { path: '/c', token: 'alice-token' }, name: 'c', user: ALICE, code: 403, annotations: FORBIDDEN, responseStatus: forbidden('alice', namespace), responseObject: status(forbidden('alice', namespace), 403) },
  { verb: 'delete', request: { method: 'DELETE', path: '/c' }, name: 'c', code: 200, responseStatus: deleted, responseObject: status(deleted) },
];

/** What the policy makes of it. */
function expected({ verb, request, code, name, user = ADMIN, later, requestObject, responseObject, responseStatus, annotations = ALLOWED, isWatch = false }: Case, namespace: Namespace): object[] {
  const level = NAMESPACES[namespace];
  const objectRef = { resource: 'configmaps', namespace, ...(name && { name }), apiVersion: 'v1' };
  const event = (stage: string, of: object): object => ({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level, stage, requestURI: request.path, verb, user, sourceIPs: ['127.0.0.1'], userAgent: 'test', objectRef, ...of });
  const answered = {
    objectRef: { ...objectRef, ...later }, responseStatus: { metadata: {}, ...responseStatus, code }, annotations,
    ...(level !== 'Metadata' && requestObject && { requestObject }), ...(level === 'RequestResponse' && responseObject && { responseObject: responseObject(namespace) }),
  };
  return [...(level === 'Metadata' ? [event('RequestReceived', {})] : []), ...(isWatch ? [event('ResponseStarted', answered)] : []), event('ResponseComplete', answered)];
}

describe.each(Object.keys(NAMESPACES) as Namespace[])('the audit log of %s', (namespace) => {
  it.each(casesIn(namespace).map((one) => [one.verb, one.code, one] as const))('tells of %s that is answered with %d', async (_verb, code, one) => {
    const request = { ...one.request, path: `/api/v1/namespaces/${namespace}/configmaps${one.request.path}` };
    const wanted = expected({ ...one, request }, namespace);
    const { answer, events } = await audited(request, { stages: wanted.length });
    expect([answer.status, events]).toEqual([code, wanted]);
  });
});

describe('the audit log', () => {
  const common = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', verb: 'get', user: ADMIN, sourceIPs: ['127.0.0.1'], userAgent: 'test' };
  const unauthorized = { responseStatus: { metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 } };

  it.each<[string, TestRequest, number]>([
    ['a rule says so', { path: '/api/v1/namespaces/full/configmaps', token: 'alice-token' }, 403], ['no rule speaks of the resource', { path: '/api/v1/pods' }, 200], ['no rule speaks of the path', { path: '/readyz' }, 200],
  ])('says nothing where %s', async (_why, request, code) => {
    const { answer, events } = await audited(request);
    expect([answer.status, events]).toEqual([code, []]);
  });

  it('leaves out the stages that a rule leaves out', async () => {
    expect((await audited({ path: '/version' })).events).toEqual([{ ...common, level: 'Metadata', stage: 'RequestReceived', requestURI: '/version' }]);
  });

  it('tells of those whom nobody knows when they are refused', async () => {
    expect((await audited({ path: '/version?x=1', token: 'wrong' })).events).toEqual([{ ...common, level: 'Metadata', stage: 'ResponseStarted', requestURI: '/version?x=1', user: {}, ...unauthorized }]);
  });

  it('tells who acts as whom', async () => {
    const { answer, events } = await audited({ path: '/api/v1/namespaces/half/configmaps/none', headers: { 'impersonate-user': 'alice', 'impersonate-group': 'system:masters' } });
    expect(answer.status).toBe(404);
    expect(events).toEqual([expect.objectContaining({ stage: 'ResponseComplete', user: ADMIN, impersonatedUser: { username: 'alice', groups: ['system:masters', 'system:authenticated'] }, annotations: ALLOWED })]);
  });

  it('takes clients\' addresses and long names as they come', async () => {
    const { events } = await audited({ path: '/version/', headers: { 'x-forwarded-for': '10.0.0.1, 10.0.0.2', 'user-agent': 'x'.repeat(1100) } });
    expect(events).toEqual([expect.objectContaining({ sourceIPs: ['10.0.0.1', '10.0.0.2', '127.0.0.1'], userAgent: `${'x'.repeat(1024)}...TRUNCATED` })]);
  });
});

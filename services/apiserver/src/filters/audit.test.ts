import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { notFound, unauthorized, type KubeObject } from '@kubernode/apimachinery';
import type { AuditEvent } from '../audit/audit-event.ts';
import { auditDecider, type AuditPolicy } from '../audit/audit-policy.ts';
import type { Answer, ApiRequest, Handler, RequestContext } from '../pipeline/api-request.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';
import { encodeProtobuf } from '../registry/protobuf.ts';
import { withAudit, withFailedRequestAudit, type Auditor } from './audit.ts';
import { createChain } from './chain.ts';

const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7', managedFields: [{ manager: 'm' }] }, spec: {} } as unknown as KubeObject; // enough of one
const everything: AuditPolicy = { rules: [{ level: 'RequestResponse' }] };

interface Outcome { events: AuditEvent[]; levels: string[]; rejected: number; answer: Answer | undefined; error: unknown }

/** What is written of one request that `handle` answers, under a policy. */
async function audit({ policy = everything, method = 'GET', path = '/api/v1/namespaces/shop/pods/web', headers = {}, keeps = true }: { policy?: AuditPolicy; method?: string; path?: string; headers?: Record<string, string>; keeps?: boolean }, handle: Handler, authenticate?: (context: RequestContext) => void): Promise<Outcome> {
  const outcome: Outcome = { events: [], levels: [], rejected: 0, answer: undefined, error: undefined };
  const auditor: Auditor = {
    decide: auditDecider(policy), now: () => 1000.5,
    sink: { process: (events) => { outcome.events.push(...events); return keeps; } },
    metrics: { decided: (level) => { outcome.levels.push(level); }, eventMade: () => undefined, requestRejected: () => { outcome.rejected++; }, reportLoss: () => undefined },
  };
  const authentication = (next: Handler): Handler => async (request, context) => {
    if (authenticate === undefined) context.user = { name: 'jane', uid: '', groups: [], extra: {} };
    else authenticate(context);
    return next(request, context);
  };
  const [pathOnly = '', query] = path.split('?');
  const request: ApiRequest = { method, path: pathOnly, target: path, query: new URLSearchParams(query), headers, body: Buffer.alloc(0), peer: { address: '10.0.0.1' }, signal: new AbortController().signal, receivedAt: 1000, transport: 'https' };
  const chain = createChain([withFailedRequestAudit(auditor), authentication, withAudit(auditor)], handle);
  try { outcome.answer = await chain(request); } catch (error) { outcome.error = error; }
  return outcome;
}

const stages = ({ events }: Outcome): string[] => events.map(({ stage }) => stage);
const answers = (answer: Answer): Handler => async () => answer;

describe('withAudit', () => {
  it('writes what is asked for, then what is answered', async () => {
    const { events } = await audit({ path: '/api/v1/namespaces/shop/pods/web?pretty=false', headers: { 'user-agent': `${'x'.repeat(1024)}yz` } }, answers(jsonAnswer(200, pod)));
    const common = {
      level: 'RequestResponse', auditID: '', requestURI: '/api/v1/namespaces/shop/pods/web?pretty=false', verb: 'get', user: { name: 'jane', uid: '', groups: [], extra: {} }, sourceIPs: ['10.0.0.1'],
      userAgent: `${'x'.repeat(1024)}...TRUNCATED`, receivedAt: 1000.5, stageAt: 1000.5, annotations: {},
      objectRef: { resource: 'pods', namespace: 'shop', name: 'web', uid: '', apiGroup: '', apiVersion: 'v1', resourceVersion: '', subresource: '' },
    };
    expect(events).toEqual([{ ...common, stage: 'RequestReceived' }, { ...common, stage: 'ResponseComplete', responseStatus: { code: 200 }, responseObject: JSON.stringify(pod) }]);
  });

  it.each([
    ['Metadata', undefined, undefined],
    ['Request', JSON.stringify(pod), undefined],
    ['RequestResponse', JSON.stringify(pod), JSON.stringify(pod)],
  ] as const)('writes of bodies what the level %s wants, and always what they say of the object', async (level, requestObject, responseObject) => {
    const { events } = await audit({ policy: { rules: [{ level }] }, method: 'POST', path: '/api/v1/namespaces/shop/pods' }, async (_request, { audit: trail }) => { trail?.requestObject(pod); return jsonAnswer(201, pod); });
    expect(events.at(-1)).toMatchObject({ objectRef: { name: 'web', uid: 'u1', resourceVersion: '7' } });
    expect([events.at(-1)?.requestObject, events.at(-1)?.responseObject]).toEqual([requestObject, responseObject]);
  });

  it('writes objects as JSON whatever the client reads, without managed fields where they are not wanted', async () => {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [{ metadata: pod.metadata }] };
    const policy: AuditPolicy = { rules: [{ level: 'RequestResponse', omitManagedFields: true }] };
    const listed = await audit({ policy, path: '/api/v1/pods' }, answers({ kind: 'buffered', status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(list, null, 2)) }));
    expect(JSON.parse(listed.events.at(-1)?.responseObject ?? '')).toEqual({ ...list, items: [{ metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' } }] });
    const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c' }, data: { k: 'v' } };
    const binary = await audit({}, answers({ kind: 'buffered', status: 200, contentType: 'application/vnd.kubernetes.protobuf', body: encodeProtobuf(map) ?? Buffer.alloc(0) }));
    expect(JSON.parse(binary.events.at(-1)?.responseObject ?? '')).toEqual(map);
    const yaml = await audit({}, answers({ kind: 'buffered', status: 200, contentType: 'application/yaml', body: Buffer.from('apiVersion: v1\nkind: ConfigMap\ndata: {k: v}\n') }));
    expect(JSON.parse(yaml.events.at(-1)?.responseObject ?? '')).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: 'v' } });
  });

  it.each([
    ['JSON', '[{"op":"test"}]', '[{"op":"test"}]'],
    ['YAML as the JSON it stands for', 'a: 1\n', '{"a":1}'],
    ['nothing of what is neither', '{', undefined],
  ])('writes of patches %s', async (_what, patch, written) => {
    const { events } = await audit({ method: 'PATCH' }, async (_request, { audit: trail }) => { trail?.requestPatch(Buffer.from(patch)); return jsonAnswer(200, pod); });
    expect(events.at(-1)?.requestObject).toBe(written);
  });

  it('tells of a Status what it says, in every encoding', async () => {
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name: 'web', kind: 'pods' } };
    const encodings: [string, Buffer][] = [
      ['application/json', Buffer.from(JSON.stringify(status))], ['application/vnd.kubernetes.protobuf', encodeProtobuf(status) ?? Buffer.alloc(0)],
      ['application/yaml', Buffer.from('apiVersion: v1\ndetails:\n  kind: pods\n  name: web\nkind: Status\nmetadata: {}\nstatus: Success\n')],
    ];
    for (const [contentType, body] of encodings) {
      const { events } = await audit({ policy: { rules: [{ level: 'Metadata' }] }, method: 'DELETE' }, answers({ kind: 'buffered', status: 200, contentType, body }));
      expect(events.at(-1)?.responseStatus).toEqual({ status: 'Success', details: { name: 'web', kind: 'pods' }, code: 200 });
    }
  });

  it('writes refusals, and leaves them to the filters outside', async () => {
    const refusal = notFound({ group: '', resource: 'pods' }, 'web');
    const outcome = await audit({}, async () => { throw refusal; });
    expect(outcome.error).toBe(refusal);
    expect(outcome.events.at(-1)).toMatchObject({ stage: 'ResponseComplete', responseStatus: { status: 'Failure', message: 'pods "web" not found', reason: 'NotFound', details: { name: 'web', kind: 'pods' }, code: 404 } });
    expect(JSON.parse(outcome.events.at(-1)?.responseObject ?? '')).toEqual(refusal.toStatus());
  });

  it('writes faults of the server as Panic', async () => {
    const outcome = await audit({}, async () => { throw new TypeError('oops'); });
    expect(stages(outcome)).toEqual(['RequestReceived', 'Panic']);
    expect(outcome.events.at(-1)?.responseStatus).toEqual({ status: 'Failure', message: "APIServer panic'd: oops", reason: 'InternalError', code: 500 });
  });

  it('writes of a watch its start and its end, and never its events', async () => {
    const outcome = await audit({ path: '/api/v1/pods?watch=1' }, answers({ kind: 'stream', status: 200, contentType: 'application/json', write: async () => undefined }));
    expect(stages(outcome)).toEqual(['RequestReceived', 'ResponseStarted']);
    const { answer } = outcome;
    if (answer?.kind !== 'stream') throw new Error('no stream');
    await answer.write({ write: () => true, drained: async () => undefined }, new AbortController().signal);
    expect(stages(outcome)).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
    expect(outcome.events.at(-1)).not.toHaveProperty('responseObject');
  });

  it('writes of a connection that is handed over its start and its end', async () => {
    const outcome = await audit({ method: 'POST', path: '/api/v1/namespaces/shop/pods/web/exec' }, answers({ kind: 'upgrade', accept: () => undefined }));
    const socket = new EventEmitter() as Duplex; // only its close counts
    if (outcome.answer?.kind === 'upgrade') outcome.answer.accept(socket, Buffer.alloc(0));
    expect(stages(outcome)).toEqual(['RequestReceived', 'ResponseStarted']);
    socket.emit('close');
    expect(outcome.events.map(({ stage, responseStatus }) => [stage, responseStatus?.code])).toEqual([['RequestReceived', undefined], ['ResponseStarted', 101], ['ResponseComplete', 101]]);
  });

  it('asks the policy once, writes nothing at level None and leaves stages out', async () => {
    const nothing = await audit({ policy: { rules: [{ level: 'None' }] } }, async (_request, { audit: trail }) => { trail?.requestObject(pod); throw notFound({ group: '', resource: 'pods' }, 'web'); });
    expect([nothing.events, nothing.levels]).toEqual([[], ['None']]);
    expect(stages(await audit({ policy: { rules: [{ level: 'Metadata' }], omitStages: ['RequestReceived'] } }, answers(jsonAnswer(200, pod))))).toEqual(['ResponseComplete']);
  });

  it('refuses a request whose event has to be kept and is not', async () => {
    const outcome = await audit({ keeps: false }, async () => { throw new Error('must not be reached'); });
    expect([outcome.rejected, outcome.answer]).toMatchObject([1, { status: 500, body: Buffer.from('Internal Server Error: "/api/v1/namespaces/shop/pods/web": failed to store audit event\n') }]);
  });

  it('tells who was impersonated and what was annotated', async () => {
    const { events } = await audit({}, async (_request, { audit: trail, auditAnnotations }) => {
      trail?.impersonated({ name: 'joe', uid: '', groups: [], extra: {} }, 'impersonate:user-info');
      auditAnnotations['a/b'] = 'c';
      return jsonAnswer(200, pod);
    });
    expect(events[0]).toMatchObject({ annotations: {} });
    expect(events[1]).toMatchObject({ impersonatedUser: { name: 'joe' }, impersonationConstraint: 'impersonate:user-info', annotations: { 'a/b': 'c' } });
  });
});

describe('withFailedRequestAudit', () => {
  it('writes what is refused before the user is known', async () => {
    const outcome = await audit({}, answers(jsonAnswer(200, pod)), () => { throw unauthorized(); });
    expect(stages(outcome)).toEqual(['ResponseStarted']);
    expect(outcome.events[0]).toMatchObject({ user: undefined, responseStatus: { code: 401, reason: 'Unauthorized', message: 'Unauthorized' } });
  });
});

import { seededRng, systemClock } from '@kubernode/base';
import { Tracer, type FinishedSpan } from '@kubernode/tracing';
import type { ApiRequest, UserInfo } from '../pipeline/api-request.ts';
import { RequestCourse } from '../pipeline/request-course.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';
import { createChain } from './chain.ts';
import { withTracing } from './tracing.ts';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

interface Traced { spans: FinishedSpan[]; told: Readonly<Record<string, string>> | undefined }

async function traced({ method = 'POST', path = '/api/v1/namespaces/shop/pods', groups = ['system:masters'], rate = 0, traceparent = CALLER, status = 201 }: { method?: string; path?: string; groups?: string[]; rate?: number; traceparent?: string; status?: number }): Promise<Traced> {
  const spans: FinishedSpan[] = [];
  const tracer = new Tracer({ clock: systemClock, rng: seededRng(1), samplingRatePerMillion: rate, sink: { add: (span) => { spans.push(span); return true; } } });
  const user: UserInfo = { name: 'u', uid: '', groups, extra: {} };
  const request: ApiRequest = { method, path, target: `${path}?access_token=secret`, headers: { traceparent, 'user-agent': 'test' }, body: Buffer.alloc(0), peer: { address: '' }, signal: new AbortController().signal, receivedAt: 0, transport: 'https', query: new URLSearchParams() };
  let told: Traced['told'];
  await createChain([(next) => (one, context) => { context.user = user; return next(one, context); }, withTracing(tracer)], async (_request, { course }) => {
    course?.transaction('create')?.end();
    told = course?.headers;
    return jsonAnswer(status, {});
  }, systemClock)(request);
  return { spans, told };
}

describe('withTracing', () => {
  it('goes on with the trace of a caller who may decide, down to etcd and to whoever is asked', async () => {
    const { spans, told } = await traced({});
    const [etcd, create, server] = spans;
    expect(spans.map(({ name, kind, parentSpanId }) => [name, kind, parentSpanId])).toEqual([['Create etcd3', 'client', create?.context.spanId], ['Create', 'internal', server?.context.spanId], ['POST /api/v1/namespaces/{:namespace}/pods', 'server', '00f067aa0ba902b7']]);
    expect(new Set(spans.map(({ context }) => context.traceId))).toEqual(new Set(['4bf92f3577b34da6a3ce929d0e0e4736']));
    expect(server?.attributes).toEqual({ 'http.method': 'POST', 'http.target': '/api/v1/namespaces/shop/pods?access_token=[redacted]', 'http.user_agent': 'test', 'audit-id': '', 'http.status_code': 201 });
    expect(told).toEqual({ traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${create?.context.spanId}-01` });
    expect(etcd?.attributes).toMatchObject({ 'rpc.service': 'etcdserverpb.KV' });
  });

  it('records nothing for others who ask for it, and links what chance picks', async () => {
    expect((await traced({ groups: ['developers'] })).spans).toEqual([]);
    const { spans } = await traced({ groups: ['developers'], rate: 1_000_000 });
    expect(spans.at(-1)).toMatchObject({ parentSpanId: '', link: { spanId: '00f067aa0ba902b7' } });
  });

  it.each([['followed', true], ['x'.repeat(65), false], ['a\r\nb', false], ['\u4e2d', false], ['', false]])('the id %j goes on: %p', (auditId, goesOn) => {
    const course = new RequestCourse(systemClock);
    course.auditId = auditId;
    expect(course.headers).toEqual(goesOn ? { 'audit-id': auditId } : {});
  });

  it('tells of failures', async () => { expect((await traced({ status: 503 })).spans.at(-1)?.error).toBe('status 503'); });
  it('names what is no resource by its method', async () => { expect((await traced({ method: 'GET', path: '/healthz' })).spans.map(({ name }) => name)).toEqual(['Create etcd3', '/healthz', 'GET']); });
});

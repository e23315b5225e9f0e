import { createFakeClock } from '@kubernode/testing';
import { ServerLifecycle } from '../lifecycle/server-lifecycle.ts';
import type { Answer, ApiRequest, RequestContext, StreamAnswer } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { requestInfoOf } from './request-info.ts';
import { shutdown } from './shutdown.ts';
import { withSteps } from './steps.ts';

const DRAINING_SINCE = 1_000;
const PODS = '/api/v1/pods';

interface Sent { status: number; headers?: Readonly<Record<string, string>>; body: Buffer }

async function send(target: string, { lifecycle, sendRetryAfter = false, receivedAt = 2_000, userAgent = 'kubectl', inner }: { lifecycle: ServerLifecycle; sendRetryAfter?: boolean; receivedAt?: number; userAgent?: string; inner?: Answer }): Promise<Answer> {
  const [path = '', search = ''] = target.split('?');
  const query = new URLSearchParams(search);
  const handle = withSteps({ steps: [shutdown({ lifecycle, sendRetryAfter })], answerError: (error) => { throw error; } })(async () => inner ?? textAnswer(200, 'ok', {}));
  return handle({ path, query, headers: { 'user-agent': userAgent }, receivedAt } as unknown as ApiRequest, { info: requestInfoOf('GET', path, query) } as RequestContext); // what the filter looks at
}

function draining(): ServerLifecycle {
  const lifecycle = new ServerLifecycle();
  lifecycle.beginShutdown();
  lifecycle.beginDraining(DRAINING_SINCE);
  return lifecycle;
}

describe('shutdown', () => {
  it('changes nothing before the server drains', async () => {
    const lifecycle = new ServerLifecycle();
    const before = await send(PODS, { lifecycle, sendRetryAfter: true });
    lifecycle.beginShutdown();
    expect([before, await send(PODS, { lifecycle, sendRetryAfter: true })]).toEqual([textAnswer(200, 'ok', {}), textAnswer(200, 'ok', {})]);
  });

  it.each<[string, string, Parameters<typeof send>[1], number, string | undefined]>([
    ['serves late requests as the last of their connections', PODS, { lifecycle: draining() }, 200, undefined],
    ['sends them away where it shall', PODS, { lifecycle: draining(), sendRetryAfter: true }, 429, '5'],
    ['serves what had begun to arrive before', PODS, { lifecycle: draining(), sendRetryAfter: true, receivedAt: DRAINING_SINCE }, 200, undefined],
    ['turns away watches, which would only be ended', `${PODS}?watch=1`, { lifecycle: draining() }, 503, '1'],
  ])('%s', async (_, target, options, status, retryAfter) => {
    const answer = await send(target, options) as Sent; // buffered
    expect([answer.status, answer.headers?.['Retry-After'], answer.headers?.['Connection']]).toEqual([status, retryAfter, 'close']);
  });

  it('says what Kubernetes says', async () => {
    const [watch, get] = [await send(`${PODS}?watch=1`, { lifecycle: draining() }) as Sent, await send(PODS, { lifecycle: draining(), sendRetryAfter: true }) as Sent]; // buffered
    expect([JSON.parse(watch.body.toString()), get.body.toString()]).toEqual([{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'apiserver is shutting down', reason: 'ServiceUnavailable', code: 503 }, 'The apiserver is shutting down, please try again later.\n']);
  });

  it.each(['/readyz', '/livez/ping', '/healthz', '/metrics'])('answers %s to the end', async (path) => {
    expect(await send(path, { lifecycle: draining(), sendRetryAfter: true })).toMatchObject({ status: 200 });
  });

  it('ends watches when told to, and forgets those that are over', async () => {
    const lifecycle = new ServerLifecycle();
    let aborted = false;
    const inner: StreamAnswer = { kind: 'stream', status: 200, contentType: '', write: (_sink, signal) => new Promise((resolve) => { signal.addEventListener('abort', () => { aborted = true; resolve(); }); }) };
    const answer = await send(`${PODS}?watch=1`, { lifecycle, inner }) as StreamAnswer; // a stream, as the inner one
    const written = answer.write({ write: () => true, drained: async () => undefined }, new AbortController().signal);
    expect([lifecycle.watches, aborted]).toEqual([1, false]);
    await lifecycle.endWatches(createFakeClock(), 0);
    await written;
    expect([lifecycle.watches, aborted]).toEqual([0, true]);
  });
});

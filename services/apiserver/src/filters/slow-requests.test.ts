import { createLogger } from '@kubernode/component-base';
import type { ApiRequest, Handler } from '../pipeline/api-request.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';
import { createChain } from './chain.ts';
import { metrics } from './metrics.ts';
import { SlowRequests } from './slow-requests.ts';
import { withSteps } from './steps.ts';

/** The lines that requests leave whose handler lets so much time pass. */
async function logged(handlers: readonly ((pass: (ms: number) => void) => Handler)[], path = '/api/v1/namespaces/shop/pods?limit=5&token=secret'): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const logger = createLogger({ component: 'test', destination: { write: (line) => { lines.push(line); } } });
  let nowMs = 1_000;
  const clock = { monotonicNow: () => nowMs };
  const slow = new SlowRequests({ logger, clock });
  const observer = { finished: () => undefined, terminated: () => undefined, lasts: () => ({ [Symbol.dispose]: () => undefined }) };
  const [shown = '', query] = path.split('?');
  const request: ApiRequest = { method: 'GET', path: shown, target: path, headers: { 'user-agent': 'kubectl' }, body: Buffer.alloc(0), peer: { address: '10.0.0.9' }, signal: new AbortController().signal, receivedAt: 0, transport: 'https', query: new URLSearchParams(query) };
  for (const handler of handlers) await createChain([withSteps({ answerError: (error) => { throw error; }, steps: [metrics({ clock, observer, slow })] })], handler((ms) => { nowMs += ms; }), clock)(request);
  return lines.map((line) => { const { time: _time, ...rest } = JSON.parse(line) as Record<string, unknown>; return rest; });
}

describe('slow requests', () => {
  it('are told of with where their time went, and without secrets', async () => {
    const handler = (pass: (ms: number) => void): Handler => async (_request, { course }) => {
      pass(30);
      if (course !== undefined) { course.enteredMs = course.now(); course.mutatingMs = 400; course.called(390); course.transacted(100); }
      pass(570);
      return jsonAnswer(200, {});
    };
    expect(await logged([handler])).toEqual([{
      level: 'info', component: 'test', msg: 'slow request', verb: 'list', URI: '/api/v1/namespaces/shop/pods?limit=5&token=[redacted]', userAgent: 'kubectl', auditID: '', srcIP: '10.0.0.9', user: '', resp: 200, totalMs: 600,
      steps: { entering: 30, mutatingAdmission: 400, webhooks: 390, webhookCalls: 1, etcd: 100, etcdCalls: 1, rest: 70 },
    }]);
  });

  const takes = (ms: number) => (pass: (ms: number) => void): Handler => async () => { pass(ms); return jsonAnswer(200, {}); };
  it('below half a second are none', async () => { expect(await logged([takes(499)])).toEqual([]); });
  it('do not include watches', async () => { expect(await logged([takes(900)], '/api/v1/pods?watch=1')).toEqual([]); });
  it('of a server that is slow for everybody are told of ten times a second', async () => {
    const lines = await logged([takes(500), ...Array.from({ length: 30 }, () => (): Handler => async (_request, context) => { context.startedMs = -1_000; return jsonAnswer(200, {}); })]);
    expect(lines).toHaveLength(10);
  });
});

import { createFakeClock } from '@kubernode/testing';
import type { Answer, ApiRequest, Handler, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { RequestCounts } from './in-flight-counts.ts';
import { withMaxInFlight } from './max-in-flight.ts';
import { requestInfoOf } from './request-info.ts';

const PODS = '/api/v1/namespaces/n/pods';
const statusOf = (answer: Answer): number => (answer as { status: number }).status; // buffered

describe('withMaxInFlight', () => {
  it('limits reads and writes apart, and neither watches nor masters', async () => {
    const counts = new RequestCounts({ clock: createFakeClock() });
    const waiting: (() => void)[] = [];
    const handler: Handler = () => new Promise((resolve) => { waiting.push(() => { resolve(textAnswer(200, 'ok')); }); });
    const handle = withMaxInFlight({ maxReading: 2, maxMutating: 1, counts })(handler);
    const send = (method: string, target: string, ...groups: string[]): { answer: Promise<Answer>; context: RequestContext } => {
      const [path = '', search = ''] = target.split('?');
      const context = { info: requestInfoOf(method, path, new URLSearchParams(search)), user: { name: 'u', uid: '', groups, extra: {} } } as unknown as RequestContext; // what the filter looks at
      return { answer: handle({} as ApiRequest, context), context }; // it does not look at the request
    };
    const running = [send('GET', PODS), send('GET', PODS), send('POST', PODS), send('GET', `${PODS}?watch=1`), send('GET', `${PODS}/p/log`), send('DELETE', `${PODS}/p`, 'system:masters')];
    const refused = [send('GET', PODS), send('PUT', `${PODS}/p`)];
    expect(await Promise.all(refused.map(({ answer }) => answer))).toEqual(Array(2).fill(textAnswer(429, 'Too many requests, please try again later.\n', { 'Retry-After': '1', 'X-Content-Type-Options': 'nosniff' })));
    expect(refused.map(({ context }) => context.terminated)).toEqual([true, true]);
    expect([counts.current('executing', 'readOnly'), counts.current('executing', 'mutating')]).toEqual([2, 2]);
    for (const finish of waiting) finish();
    expect((await Promise.all(running.map(({ answer }) => answer))).map(statusOf)).toEqual(Array(6).fill(200));
    expect([counts.current('executing', 'readOnly'), counts.current('executing', 'mutating')]).toEqual([0, 0]);
  });
});

describe('RequestCounts', () => {
  it('remembers the most at once of the last second', async () => {
    const clock = createFakeClock();
    const counts = new RequestCounts({ clock });
    for (let i = 0; i < 3; i++) counts.begin('executing', 'readOnly');
    for (let i = 0; i < 3; i++) counts.end('executing', 'readOnly');
    expect([counts.current('executing', 'readOnly'), counts.lastSecond('executing', 'readOnly'), counts.lastSecond('waiting', 'readOnly')]).toEqual([0, 3, 0]);
    await clock.advance(900);
    expect(counts.lastSecond('executing', 'readOnly')).toBe(3);
    await clock.advance(2_500);
    expect(counts.lastSecond('executing', 'readOnly')).toBe(0);
  });
});

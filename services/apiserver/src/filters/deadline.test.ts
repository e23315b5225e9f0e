import { createFakeClock, type FakeClock } from '@kubernode/testing';
import type { Answer, ApiRequest, Handler, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { DeadlineFilter } from './deadline.ts';
import { durationFault } from './duration-fault.ts';
import { requestInfoOf } from './request-info.ts';

const OK = textAnswer(200, 'ok');

function serve(clock: FakeClock, handler: Handler): (target: string, receivedAt?: number) => { answer: Promise<Answer>; context: RequestContext; aborted: () => boolean } {
  const handle = new DeadlineFilter({ clock, timeoutMs: 60_000 }).filter(handler);
  return (target, receivedAt = clock.now()) => {
    const [path = '', search = ''] = target.split('?');
    const query = new URLSearchParams(search);
    let aborted = false;
    const request = { method: 'GET', path, query, headers: {}, receivedAt, abort: () => { aborted = true; } } as unknown as ApiRequest; // what the filter looks at
    const context = { info: requestInfoOf('GET', path, query) } as RequestContext; // likewise
    return { answer: handle(request, context), context, aborted: () => aborted };
  };
}

const late = (clock: FakeClock, ms: number): Handler => async () => { await clock.sleep(ms); return OK; };

describe('DeadlineFilter', () => {
  it.each([
    ['/api/v1/pods', 70_000, 60_000],
    ['/api/v1/pods?timeout=2s', 3_000, 2_000],
    ['/api/v1/pods?timeout=5m', 70_000, 60_000],
    ['/api/v1/pods?timeout=0', 70_000, 60_000],
    ['/api/v1/pods?timeout=-1s', 70_000, 60_000],
  ])('answers %s that takes %i ms with 504 after %i ms', async (target, takesMs, limitMs) => {
    const clock = createFakeClock();
    const { answer, context, aborted } = serve(clock, late(clock, takesMs))(target);
    let settledAt = NaN;
    const settled = answer.then((one) => { settledAt = clock.now(); return one; });
    await clock.advance(takesMs);
    expect(await settled).toMatchObject({ status: 504, contentType: 'text/plain; charset=utf-8' });
    expect(Buffer.from((await settled as { body: Buffer }).body).toString()).toBe('{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n'); // buffered
    expect([settledAt, context.terminated, aborted()]).toEqual([limitMs, true, true]);
  });

  it('counts from arrival: a request whose time is over is not begun', async () => {
    const clock = createFakeClock(10_000);
    let begun = 0;
    const { answer } = serve(clock, async () => { begun++; return OK; })('/api/v1/pods?timeout=1s', 8_000);
    expect([(await answer as { status: number }).status, begun]).toEqual([504, 0]); // buffered
  });

  it('refuses what is answered after its time but before the timer rings', async () => {
    const clock = createFakeClock();
    const { answer } = serve(clock, late(clock, 15))('/api/v1/pods?timeout=10ms');
    await clock.advance(15);
    expect(await answer).toMatchObject({ status: 504 });
    expect(await serve(clock, async () => OK)('/api/v1/pods?timeout=1ns').answer).toMatchObject({ status: 504 });
  });

  it('leaves alone what is answered in time, and what may last', async () => {
    const clock = createFakeClock();
    const run = serve(clock, late(clock, 50_000));
    const [one, watch] = [run('/api/v1/pods'), serve(clock, late(clock, 90_000))('/api/v1/pods?watch=1&timeout=1s')];
    await clock.advance(100_000);
    expect([await one.answer, await watch.answer, one.context.deadline, watch.context.deadline]).toEqual([OK, OK, { receivedAtMs: 0, expiresAtMs: 60_000 }, undefined]);
  });

  it('refuses a time that is none', async () => {
    const handle = serve(createFakeClock(), async () => OK);
    expect(() => handle('/api/v1/pods?timeout=soon')).toThrow(expect.objectContaining({ code: 400, message: 'invalid timeout specified in the request URL - time: invalid duration "soon"' }));
  });
});

describe('durationFault', () => {
  it.each([['5', 'time: missing unit in duration "5"'], ['5x', 'time: unknown unit "x" in duration "5x"'], ['1h3', 'time: missing unit in duration "1h3"'], ['-', 'time: invalid duration "-"'], ['.s', 'time: invalid duration ".s"']])('%s', (text, fault) => expect(durationFault(text)).toBe(fault));
});

import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { FlowController } from '../flowcontrol/flow-controller.ts';
import type { PriorityLevelObject } from '../flowcontrol/level-limits.ts';
import type { FlowSchema } from '../flowcontrol/classifier.ts';
import { WatchCounts } from '../flowcontrol/watch-counts.ts';
import { workEstimator } from '../flowcontrol/work-estimator.ts';
import type { Answer, ApiRequest, Handler, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { RequestCounts } from './in-flight-counts.ts';
import { withPriorityAndFairness } from './priority-and-fairness.ts';
import { requestInfoOf } from './request-info.ts';

const LEVEL = { kind: 'PriorityLevelConfiguration', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name: 'tiny', uid: 'level-uid' }, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 100, borrowingLimitPercent: 0, limitResponse: { type: 'Queue', queuing: { queues: 4, handSize: 1, queueLengthLimit: 2 } } } } } as PriorityLevelObject;
const SCHEMA = {
  kind: 'FlowSchema', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name: 'all', uid: 'schema-uid' },
  spec: { matchingPrecedence: 10, priorityLevelConfiguration: { name: 'tiny' }, distinguisherMethod: { type: 'ByUser' }, rules: [{ subjects: [{ kind: 'User', user: { name: '*' } }], resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }] }] },
} as FlowSchema;
const HEADERS = { 'X-Kubernetes-PF-FlowSchema-UID': 'schema-uid', 'X-Kubernetes-PF-PriorityLevel-UID': 'level-uid' };

interface Sent { answer: Promise<Answer>; context: RequestContext; leave(): void }
interface World { clock: FakeClock; controller: FlowController; finish(path: string): void; send(target: string, options?: { deadline?: number }): Sent }

/** A server with one seat, whose requests run until they are told to finish. */
function world(innermost?: Handler): World {
  const clock = createFakeClock(1_000_000);
  const controller = new FlowController({ clock, serverSeats: 1 });
  controller.configure([LEVEL], [SCHEMA]);
  const watches = new WatchCounts();
  const running = new Map<string, () => void>();
  const handler: Handler = innermost ?? ((request) => new Promise((resolve) => { running.set(request.path, () => { running.delete(request.path); resolve(textAnswer(200, 'ok')); }); }));
  const handle = withPriorityAndFairness({ controller, watches, estimator: workEstimator({ watches, sizes: { sizeOf: () => undefined } }), counts: new RequestCounts({ clock }), clock, requestTimeoutMs: 60_000 })(handler);
  const send = (target: string, { deadline }: { deadline?: number } = {}): Sent => {
    const [path = '', search = ''] = target.split('?');
    const query = new URLSearchParams(search);
    const gone = new AbortController();
    const nowMs = clock.monotonicNow();
    const context = { info: requestInfoOf('GET', path, query), user: { name: 'u', uid: '', groups: [], extra: {} }, ...(deadline !== undefined && { deadline: { receivedAtMs: nowMs, expiresAtMs: nowMs + deadline } }) } as unknown as RequestContext; // what the filter looks at
    return { answer: handle({ path, query, signal: gone.signal } as unknown as ApiRequest, context), context, leave: () => { gone.abort(); } }; // likewise
  };
  return { clock, controller, finish: (path) => running.get(path)?.(), send };
}

describe('withPriorityAndFairness', () => {
  it('runs one after the other, and refuses what its queue has no room for', async () => {
    const { clock, finish, send, controller } = world();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => send(`/api/v1/namespaces/n/pods/${name}`)) as [Sent, Sent, Sent, Sent];
    expect(await d.answer).toEqual({ kind: 'buffered', status: 429, contentType: 'text/plain; charset=utf-8', body: Buffer.from('Too many requests, please try again later.\n'), headers: { 'Retry-After': '1', 'X-Content-Type-Options': 'nosniff' } });
    expect([d.context.terminated, d.context.answerHeaders, a.context.answerHeaders]).toEqual([true, HEADERS, HEADERS]);
    for (const [one, name] of [[a, 'a'], [b, 'b'], [c, 'c']] as const) {
      await clock.advance(10);
      finish(`/api/v1/namespaces/n/pods/${name}`);
      expect(await one.answer).toMatchObject({ status: 200 });
    }
    expect(controller.levels.get('tiny')?.queues.isIdle).toBe(true);
  });

  it.each([['a quarter of the time limit', 8_000, 2_000], ['a minute at most', 600_000, 60_000], ["a quarter of the server's own limit where the request has none", undefined, 15_000]])('lets requests wait for %s', async (_, deadline, waitMs) => {
    const { clock, send, controller } = world();
    send('/api/v1/namespaces/n/pods/a');
    const waiting = send('/api/v1/namespaces/n/pods/b', { ...(deadline !== undefined && { deadline }) });
    let status = 0;
    void waiting.answer.then((answer) => { status = (answer as { status: number }).status; }); // buffered
    await clock.advance(waitMs - 50);
    expect(status).toBe(0);
    await clock.advance(100);
    expect([status, controller.levels.get('tiny')?.queues.totals.cancelled]).toEqual([429, 1]);
  });

  it('gives the place of a client that left to the next one', async () => {
    const { clock, send, finish, controller } = world();
    const [a, gone] = [send('/api/v1/namespaces/n/pods/a'), send('/api/v1/namespaces/n/pods/b')];
    gone.leave();
    await clock.advance(1);
    expect(controller.levels.get('tiny')?.queues.totals.requestsWaiting).toBe(0);
    finish('/api/v1/namespaces/n/pods/a');
    expect(await a.answer).toMatchObject({ status: 200 });
  });

  it('frees the seat of a request that fails', async () => {
    const { send, controller } = world(async () => { throw new Error('broken'); });
    await expect(send('/api/v1/namespaces/n/pods/a').answer).rejects.toThrow('broken');
    expect(controller.levels.get('tiny')?.queues.isIdle).toBe(true);
  });

  it('counts watches until they have begun, and other streams not at all', async () => {
    const clock = createFakeClock();
    const stream: Handler = async (_request, context) => ({ kind: 'stream', status: 200, contentType: '', write: async () => { await clock.sleep(10); context.initialized?.(); await clock.sleep(1_000); } });
    const { send, controller } = world(stream);
    const seats = (): number | undefined => controller.levels.get('tiny')?.queues.totals.seatsInUse;
    await send('/api/v1/namespaces/n/pods/a/log?follow=true').answer;
    expect(seats()).toBe(0);
    const answer = await send('/api/v1/namespaces/n/pods?watch=1').answer;
    const written = (answer as Extract<Answer, { kind: 'stream' }>).write({ write: () => true, drained: async () => undefined }, new AbortController().signal); // a stream, as above
    expect(seats()).toBe(1);
    await clock.advance(20);
    expect(seats()).toBe(0);
    await clock.advance(1_000);
    await written;
    expect(seats()).toBe(0);
  });
});

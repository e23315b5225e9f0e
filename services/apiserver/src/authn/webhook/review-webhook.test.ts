import { abortError, seededRng } from '@kubernode/base';
import type { RawRequest, RawResponse } from '@kubernode/client';
import { createFakeClock } from '@kubernode/testing';
import { reviewWebhook, type WebhookCall } from './review-webhook.ts';

const answer = (status: number, body: unknown, more: Partial<RawResponse> = {}): RawResponse => ({ status, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)), warnings: [], ...more });
const reset = Object.assign(new Error('connection reset by peer'), { code: 'ECONNRESET' });

async function run(answers: (RawResponse | Error | 'never')[]): Promise<{ outcome: unknown; calls: WebhookCall[]; waitedMs: number }> {
  const clock = createFakeClock();
  const calls: WebhookCall[] = [];
  const call = ({ signal }: RawRequest): Promise<RawResponse> => {
    const next = answers.shift();
    if (next === undefined) throw new Error('asked too often');
    if (next === 'never') return new Promise((_resolve, reject) => { signal?.addEventListener('abort', () => { reject(abortError(signal) as Error); }); });
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const webhook = reviewWebhook({ transport: { call }, timeoutMs: 3_000, clock, rng: seededRng(1), observe: (one) => { calls.push(one); } });
  let done = false;
  const outcome = webhook.review({ apiVersion: 'a/v1', kind: 'R', spec: {} }).catch((error: unknown) => String(error)).finally(() => { done = true; });
  let waitedMs = 0;
  for (; !done && waitedMs < 60_000; waitedMs += 100) await clock.advance(100);
  return { outcome: await outcome, calls, waitedMs };
}

describe('reviewWebhook', () => {
  it.each<[string, (RawResponse | Error | 'never')[], unknown, string[]]>([
    ['an answer', [answer(201, { status: { allowed: true } })], { allowed: true }, ['success 201']],
    ['one without a status', [answer(200, {})], {}, ['success 200']],
    ['a refusal at once', [answer(403, { message: 'go away' })], 'Error: go away', ['error 403']],
    ['no JSON at once', [answer(200, 'text')], "Error: the webhook's answer is no JSON object", ['error 200']],
    ['what passes', [answer(500, {}), reset, answer(429, {}), answer(503, {}, { retryAfterSeconds: 1 }), answer(200, { status: { x: 1 } })], { x: 1 }, ['error 500', 'error', 'error 429', 'error 503', 'success 200']],
    ['what does not pass', [reset, reset, reset, reset, reset], 'Error: connection reset by peer', ['error', 'error', 'error', 'error', 'error']],
    ['a timeout', ['never'], 'Error: context deadline exceeded', ['timeout']],
    ['a gateway\'s timeout', [answer(504, { message: 'late' }), answer(200, { status: {} })], {}, ['timeout 504', 'success 200']],
  ])('tells of %s', async (_name, answers, outcome, calls) => {
    const result = await run(answers);
    expect(result.outcome).toEqual(outcome);
    expect(result.calls.map(({ result: one, status }) => `${one}${status === undefined ? '' : ` ${status}`}`)).toEqual(calls);
  });

  it('waits longer from call to call', async () => {
    const { waitedMs } = await run([reset, reset, reset, reset, answer(200, { status: {} })]);
    expect(waitedMs).toBeGreaterThanOrEqual(500 + 750 + 1_125 + 1_687); // and up to a fifth more by chance
    expect(waitedMs).toBeLessThanOrEqual(1.2 * (500 + 750 + 1_125 + 1_687) + 500);
  });
});

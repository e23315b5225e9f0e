import { StatusError } from '@kubernode/apimachinery';
import { createFakeClock } from '@kubernode/testing';
import { seededRng } from '@kubernode/base';
import type { RawResponse } from './client.ts';
import { callWithRetries, isRetriable } from './retry.ts';
import { TransportError } from './transport/transport-error.ts';

describe('isRetriable', () => {
  test.each<[string, unknown, string, boolean]>([
    ['a read over a broken link', new TransportError('x', { maybeSent: true }), 'GET', true],
    ['a write that may have arrived', new TransportError('x', { maybeSent: true }), 'POST', false],
    ['a write that never left', new TransportError('x', { maybeSent: false }), 'POST', true],
    ['overload', new StatusError({ code: 429, reason: 'TooManyRequests', message: '' }), 'POST', true],
    ['a server that says when', new StatusError({ code: 503, message: '', details: { retryAfterSeconds: 1 } }), 'POST', true],
    ['a fault of the server', new StatusError({ code: 500, message: '' }), 'GET', false],
    ['a conflict', new StatusError({ code: 409, reason: 'Conflict', message: '' }), 'PUT', false],
    ['a bug', new TypeError('x'), 'GET', false],
  ])('%s', (_name, error, method, want) => { expect(isRetriable(error, method)).toBe(want); });
});

const answer = (status: number, retryAfterSeconds?: number): RawResponse => ({ status, contentType: '', body: Buffer.alloc(0), warnings: [], ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });

test('callWithRetries waits as long as Retry-After says and gives the last answer', async () => {
  const clock = createFakeClock();
  const answers = [answer(429, 2), answer(429, 3), answer(201)];
  const result = callWithRetries(() => Promise.resolve(answers.shift() ?? answer(500)), { method: 'POST', path: '/' }, { clock, rng: seededRng(1) });
  await clock.advance(4999);
  expect(answers).toHaveLength(1);
  await clock.advance(1);
  expect((await result).status).toBe(201);
});

test('callWithRetries gives up after ten more tries', async () => {
  const clock = createFakeClock();
  let calls = 0;
  const result = callWithRetries(() => { calls++; return Promise.resolve(answer(429, 1)); }, { method: 'GET', path: '/' }, { clock, rng: seededRng(1) });
  await clock.advance(60_000);
  expect([(await result).status, calls]).toEqual([429, 11]);
});

test.each<[number, number]>([[500, 1], [504, 1], [429, 2]])('what is to be sent once is not sent again after %i', async (status, calls) => {
  const clock = createFakeClock();
  let sent = 0;
  const result = callWithRetries(() => Promise.resolve(++sent === 1 ? answer(status, 1) : answer(200)), { method: 'PUT', path: '/', once: true }, { clock, rng: seededRng(1) });
  await clock.advance(2000);
  expect([(await result).status, sent]).toEqual([calls === 1 ? status : 200, calls]);
});

import { StatusError } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import type { RawRequest, RawResponse } from './client.ts';
import { refusalOf } from './status-of-response.ts';
import { TransportError } from './transport/transport-error.ts';

/** As client-go: ten more tries, each after what Retry-After says. */
const RETRIES_MAX = 10;
const RETRY_AFTER_MAX_MS = 30_000;
const TRANSPORT_RETRIES_MAX = 4;
const TRANSPORT_BACKOFF_MS = 50;

/**
 * Whether the same call may succeed when made again a little later. Broken connections: reads always, writes only when the server
 * cannot have acted. Refusals: overload, and servers that say when to come back.
 */
export function isRetriable(error: unknown, method = 'GET'): boolean {
  if (error instanceof TransportError) return method === 'GET' || !error.maybeSent;
  if (!(error instanceof StatusError)) return false;
  return error.code === 429 || (error.code >= 500 && error.details?.retryAfterSeconds !== undefined);
}

export interface RetryDependencies { clock: Clock; rng: Rng }

/** Makes a call until it is answered for good, a bounded number of times. The last answer or fault is the caller's. */
export async function callWithRetries(call: (request: RawRequest) => Promise<RawResponse>, request: RawRequest, { clock, rng }: RetryDependencies): Promise<RawResponse> {
  for (let retry = 0; ; retry++) {
    const outcome = await attempt(call, request);
    const delayMs = delayBefore(outcome, request, retry, rng);
    if (delayMs === undefined) {
      if ('error' in outcome) throw outcome.error;
      return outcome.response;
    }
    await clock.sleep(delayMs, { signal: request.signal });
  }
}

type Outcome = { response: RawResponse } | { error: unknown };

async function attempt(call: (request: RawRequest) => Promise<RawResponse>, request: RawRequest): Promise<Outcome> {
  try { return { response: await call(request) }; } catch (error) { return { error }; }
}

function delayBefore(outcome: Outcome, { method, once }: RawRequest, retry: number, rng: Rng): number | undefined {
  if ('error' in outcome) {
    if (retry >= TRANSPORT_RETRIES_MAX || !isRetriable(outcome.error, method)) return undefined;
    return TRANSPORT_BACKOFF_MS * 2 ** retry * (1 + rng.next());
  }
  const { status, retryAfterSeconds, body } = outcome.response;
  if (status < 400 || retry >= RETRIES_MAX || retryAfterSeconds === undefined) return undefined;
  if (once === true && status >= 500) return undefined;
  return isRetriable(withRetryAfter(refusalOf(status, body), retryAfterSeconds), method) ? Math.min(retryAfterSeconds * 1000, RETRY_AFTER_MAX_MS) : undefined;
}

function withRetryAfter(error: StatusError, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: error.code, reason: error.reason, message: error.message, details: { retryAfterSeconds, ...error.details } });
}

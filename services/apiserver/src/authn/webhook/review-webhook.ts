import { errorMessage, isAbortError, timeLimit, type Clock, type Rng } from '@kubernode/base';
import { isJsonObject } from '@kubernode/apimachinery';
import { createHttpsTransport, inClusterConnection, type HttpsTransportOptions, type RawResponse, type Transport } from '@kubernode/client';
import { UserError } from '@kubernode/component-base';

/** A call failed this often is given up; the delay before the next grows from the first by the factor. As Kubernetes has it. */
const ATTEMPTS_MAX = 5;
const FIRST_DELAY_MS = 500;
const DELAY_FACTOR = 1.5;
const DELAY_JITTER = 0.2;
/** Answers that may pass: the server was ill, late or busy. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 500, 504]);
const PASSING_ERRORS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

export const WEBHOOK_TIMEOUT_MS: number = 30_000;

/** How one call ended, for metrics. `status` is absent when no answer came. */
export interface WebhookCall { result: 'success' | 'timeout' | 'error'; status?: number; durationMs: number }

export interface ReviewWebhookOptions {
  /** Reviews are posted to exactly its server's address. */
  transport: Pick<Transport, 'call'>;
  timeoutMs: number;
  /** Before the second attempt. */
  firstDelayMs?: number;
  clock: Clock;
  rng: Rng;
  observe?: ((call: WebhookCall) => void) | undefined;
}

/** A server that answers reviews: what is posted comes back with a status. */
export interface ReviewWebhook {
  /** The status of the answer; rejects with an Error that says what went wrong once retries are over. */
  review(review: { apiVersion: string; kind: string; spec: unknown }): Promise<Readonly<Record<string, unknown>>>;
}

/** The transport to this cluster's own API, for webhooks that are configured so. */
export function inClusterTransport(env: Readonly<Record<string, string | undefined>>): Transport {
  const connection: HttpsTransportOptions | undefined = inClusterConnection(env);
  if (connection === undefined) throw new UserError('unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined');
  return createHttpsTransport(connection);
}

export function reviewWebhook(options: ReviewWebhookOptions): ReviewWebhook {
  return {
    async review(review) {
      const body = Buffer.from(JSON.stringify(review));
      for (let attempt = 1; ; attempt++) {
        const outcome = await post(body, options);
        if ('status' in outcome) return outcome.status;
        if (!outcome.mayPass || attempt >= ATTEMPTS_MAX) throw outcome.error;
        await options.clock.sleep((options.firstDelayMs ?? FIRST_DELAY_MS) * DELAY_FACTOR ** (attempt - 1) * (1 + DELAY_JITTER * options.rng.next()));
      }
    },
  };
}

type Outcome = { status: Readonly<Record<string, unknown>> } | { error: Error; mayPass: boolean };

async function post(body: Buffer, { transport, timeoutMs, clock, observe }: ReviewWebhookOptions): Promise<Outcome> {
  const startedAt = clock.monotonicNow();
  using limit = timeLimit({ clock, ms: timeoutMs });
  try {
    const response = await transport.call({ method: 'POST', path: `?timeout=${timeoutMs / 1000}s`, body, signal: limit.signal });
    const outcome = outcomeOf(response);
    observe?.({ result: 'status' in outcome ? 'success' : response.status === 504 ? 'timeout' : 'error', status: response.status, durationMs: clock.monotonicNow() - startedAt });
    return outcome;
  } catch (error) {
    const timedOut = isAbortError(error);
    observe?.({ result: timedOut ? 'timeout' : 'error', durationMs: clock.monotonicNow() - startedAt });
    if (timedOut) return { error: new Error('context deadline exceeded'), mayPass: false };
    return { error: error instanceof Error ? error : new Error(errorMessage(error)), mayPass: PASSING_ERRORS.has(codeOf(error)) };
  }
}

function outcomeOf({ status, body, retryAfterSeconds }: RawResponse): Outcome {
  const answer = parse(body);
  if (status < 200 || status > 299) {
    const message = typeof answer?.['message'] === 'string' ? answer['message'] : `the server responded with the status code ${status}`;
    return { error: new Error(message), mayPass: PASSING_STATUSES.has(status) || retryAfterSeconds !== undefined };
  }
  if (answer === undefined) return { error: new Error('the webhook\'s answer is no JSON object'), mayPass: false };
  return { status: isJsonObject(answer['status']) ? answer['status'] : {} };
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isJsonObject(value) ? value : undefined;
  } catch { return undefined; } // the caller says so
}

/** The system's name of what broke a connection, which may stand in the cause. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }; // any error has at most these
  return String(code ?? cause?.code ?? '');
}

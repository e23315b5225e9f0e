import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { requestLine } from './request-log.ts';

/** From here on a request is told of, with where its time went; as in Kubernetes. */
export const SLOW_MS = 500;
/** Lines in a second: a server that is slow for everybody has no time to say so each time. */
const LINES_PER_SECOND_MAX = 10;

/** Writes a line for slow requests. */
export class SlowRequests {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonicNow'>;
  #secondEndsMs = 0;
  #lines = 0;
  #passedOver = 0;

  constructor({ logger, clock }: { logger: Logger; clock: Pick<Clock, 'monotonicNow'> }) {
    this.#logger = logger;
    this.#clock = clock;
  }

  tell(request: ApiRequest, context: RequestContext, { code, totalMs }: { code: number; totalMs: number }): void {
    if (this.#isTooMany()) { this.#passedOver++; return; }
    this.#logger.info('slow request', { ...requestLine(request, context), resp: code, totalMs: Math.round(totalMs), steps: stepsOf(context, totalMs), ...(this.#passedOver > 0 && { passedOver: this.#passedOver }) });
    this.#passedOver = 0;
  }

  #isTooMany(): boolean {
    const nowMs = this.#clock.monotonicNow();
    if (nowMs >= this.#secondEndsMs) { this.#secondEndsMs = nowMs + 1_000; this.#lines = 0; }
    return ++this.#lines > LINES_PER_SECOND_MAX;
  }
}

/** Where the time went, ms; what took none is left out. `rest` is decoding, validating, encoding, and reads of the cache. */
export function stepsOf({ course, startedMs = 0 }: Pick<RequestContext, 'course' | 'startedMs'>, totalMs: number): Readonly<Record<string, number>> {
  if (course === undefined) return {};
  const { enteredMs, mutatingMs, validatingMs, webhookMs, webhookCalls, etcdMs, etcdCalls } = course;
  const enteringMs = enteredMs === 0 ? totalMs : enteredMs - startedMs;
  const steps = {
    entering: enteringMs, mutatingAdmission: mutatingMs, validatingAdmission: validatingMs, webhooks: webhookMs, webhookCalls, etcd: etcdMs, etcdCalls,
    rest: totalMs - enteringMs - mutatingMs - validatingMs - etcdMs,
  };
  return Object.fromEntries(Object.entries(steps).map(([step, value]) => [step, Math.round(value)] as const).filter(([, value]) => value > 0));
}

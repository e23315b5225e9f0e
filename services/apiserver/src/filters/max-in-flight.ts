import type { Answer, Filter, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { kindOfVerb, type RequestCounts } from './in-flight-counts.ts';
import { isLongRunning } from './request-info.ts';

export interface MaxInFlightOptions {
  /** 0: no limit. */
  maxReading: number;
  maxMutating: number;
  counts: RequestCounts;
}

/** Refuses with 429 what exceeds the limit of requests that run at once: what there is without flow control. Watches and streams do not count; masters are never refused. */
export function withMaxInFlight({ maxReading, maxMutating, counts }: MaxInFlightOptions): Filter {
  return (next) => async (request, context) => {
    const { info } = context;
    if (isLongRunning(info)) return next(request, context);
    const kind = kindOfVerb(info.verb);
    const max = kind === 'readOnly' ? maxReading : maxMutating;
    if (max > 0 && counts.current('executing', kind) >= max && !isExempt(context)) {
      context.terminated = true;
      return tooManyRequests(1);
    }
    counts.begin('executing', kind);
    try { return await next(request, context); } finally { counts.end('executing', kind); }
  };
}

function isExempt({ user }: RequestContext): boolean {
  return user.groups.includes('system:masters');
}

/** Kubernetes' plain words; no Status, so that it costs little. */
export function tooManyRequests(retryAfterSeconds: number): Answer {
  return textAnswer(429, 'Too many requests, please try again later.\n', { 'Retry-After': String(retryAfterSeconds), 'X-Content-Type-Options': 'nosniff' });
}

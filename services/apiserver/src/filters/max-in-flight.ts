import type { Answer, Filter, RequestContext } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { isLongRunning } from './request-info.ts';

export interface MaxInFlightOptions {
  /** 0: no limit. */
  maxReading: number;
  maxMutating: number;
  /** Called with each change of a count, for metrics. */
  observe?(kind: 'readOnly' | 'mutating', inFlight: number): void;
}

const READING_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const RETRY_AFTER_SECONDS = '1';

/** Refuses with 429 what exceeds the limit of requests that run at once. Watches and streams do not count; masters are never refused. */
export function withMaxInFlight({ maxReading, maxMutating, observe }: MaxInFlightOptions): Filter {
  const inFlight = { readOnly: 0, mutating: 0 };
  return (next) => async (request, context) => {
    if (isLongRunning(context.info)) return next(request, context);
    const kind = READING_VERBS.has(context.info.verb) ? 'readOnly' : 'mutating';
    const max = kind === 'readOnly' ? maxReading : maxMutating;
    if (max > 0 && inFlight[kind] >= max && !isExempt(context)) return tooMany();
    observe?.(kind, ++inFlight[kind]);
    try { return await next(request, context); } finally { observe?.(kind, --inFlight[kind]); }
  };
}

function isExempt({ user }: RequestContext): boolean {
  return user.groups.includes('system:masters');
}

function tooMany(): Answer {
  return textAnswer(429, 'Too many requests, please try again later.\n', { 'Retry-After': RETRY_AFTER_SECONDS, 'X-Content-Type-Options': 'nosniff' });
}

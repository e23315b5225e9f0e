import type { Clock } from '@kubernode/base';
import type { Flow, FlowController } from '../flowcontrol/flow-controller.ts';
import type { FlowTicket } from '../flowcontrol/priority-level.ts';
import type { WatchCounts } from '../flowcontrol/watch-counts.ts';
import { seatsHeld, type WorkEstimate } from '../flowcontrol/work-estimate.ts';
import type { WorkEstimator } from '../flowcontrol/work-estimator.ts';
import type { Answer, ApiRequest, Filter, Handler, RequestContext } from '../pipeline/api-request.ts';
import { kindOfVerb, type RequestCounts } from './in-flight-counts.ts';
import { tooManyRequests } from './max-in-flight.ts';
import { isLongRunning } from './request-info.ts';

export interface PriorityAndFairnessOptions {
  controller: FlowController;
  estimator: WorkEstimator;
  watches: WatchCounts;
  counts: RequestCounts;
  clock: Clock;
  requestTimeoutMs: number;
}

/** Longest wait in a queue, whatever the request's time limit is. */
const WAIT_MS_MAX = 60_000;
/** A request may spend this part of its time limit waiting for its turn. */
const WAIT_OF_DEADLINE = 4;

/** Lets requests run in the order that flow control gives them, and refuses what it has no room for. Watches count until they have begun; other streams do not. */
export function withPriorityAndFairness(options: PriorityAndFairnessOptions): Filter {
  const { controller, counts, clock } = options;
  return (next) => async (request, context) => {
    const { info, user } = context;
    const isWatch = info.verb === 'watch';
    if (!isWatch && isLongRunning(info)) return next(request, context);
    const flow = controller.flowOf(user, info);
    context.answerHeaders = flow.headers;
    const ticket = controller.arrive(flow, estimate(flow, request, context, options), { user, info, waitsUntilMs: waitsUntil(context, options) });
    if (typeof ticket === 'string') return refuse(flow, context, options);
    if (ticket.state === 'waiting' && !await waitForTurn({ ticket, flow, request, context, options })) return refuse(flow, context, options, clock.monotonicNow() - ticket.arrivedAtMs);
    if (!flow.level.isExempt) flow.stats.waitSeconds.true.observe((ticket.startedAtMs - ticket.arrivedAtMs) / 1000);
    if (isWatch) return beginWatch({ next, request, context, flow, ticket, options });
    const kind = kindOfVerb(info.verb);
    counts.begin('executing', kind);
    try {
      return await next(request, context);
    } finally {
      counts.end('executing', kind);
      finish('regular', { flow, ticket, options });
    }
  };
}

interface Turn { next: Handler; request: ApiRequest; context: RequestContext; flow: Flow; ticket: FlowTicket; options: PriorityAndFairnessOptions }

function estimate({ stats, level }: Flow, { query }: ApiRequest, { info }: RequestContext, { estimator }: PriorityAndFairnessOptions): Readonly<WorkEstimate> {
  const { work, watchCount } = estimator.estimate(info, query, level.requestSeatsMax);
  stats.estimatedSeats.observe(seatsHeld(work));
  if (watchCount !== undefined) stats.watchCounts.observe(watchCount);
  return work;
}

/** A watch holds its seats until its first events are sent, or it ended before; then it is only counted among those that writes wake. */
async function beginWatch({ next, request, context, flow, ticket, options }: Turn): Promise<Answer> {
  const registered = options.watches.register(context.info, request.query.get('fieldSelector'));
  options.counts.begin('executing', 'readOnly');
  let begun = false;
  const initialized = (): void => {
    if (begun) return;
    begun = true;
    options.counts.end('executing', 'readOnly');
    finish('watch', { flow, ticket, options });
  };
  const over = (): void => { initialized(); registered[Symbol.dispose](); };
  context.initialized = initialized;
  try {
    const answer = await next(request, context);
    if (answer.kind !== 'stream') { over(); return answer; }
    return { ...answer, write: async (sink, signal) => { try { await answer.write(sink, signal); } finally { over(); } } };
  } catch (error) { over(); throw error; }
}

function finish(type: 'regular' | 'watch', { flow, ticket, options: { controller, clock } }: Pick<Turn, 'flow' | 'ticket' | 'options'>): void {
  flow.stats.executionSeconds[type].observe((clock.monotonicNow() - ticket.startedAtMs) / 1000);
  controller.finish(ticket, flow);
}

async function waitForTurn({ ticket, flow, request, options: { controller, counts }, context: { info } }: Omit<Turn, 'next'>): Promise<boolean> {
  const kind = kindOfVerb(info.verb);
  counts.begin('waiting', kind);
  try { return await controller.turn(ticket, flow, request.signal); } finally { counts.end('waiting', kind); }
}

/** Monotonic. Counted from arrival, so that time spent before counts too. */
function waitsUntil({ deadline }: RequestContext, { clock, requestTimeoutMs }: PriorityAndFairnessOptions): number {
  const from = deadline?.receivedAtMs ?? clock.monotonicNow();
  const limitMs = deadline === undefined ? requestTimeoutMs : deadline.expiresAtMs - deadline.receivedAtMs;
  return from + Math.min(limitMs / WAIT_OF_DEADLINE, WAIT_MS_MAX);
}

function refuse({ level, stats }: Flow, context: RequestContext, { clock }: PriorityAndFairnessOptions, waitedMs = 0): Answer {
  stats.waitSeconds.false.observe(waitedMs / 1000);
  level.retryAfter.refused(clock.now());
  context.terminated = true;
  return tooManyRequests(level.retryAfter.seconds);
}

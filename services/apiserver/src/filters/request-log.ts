import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Answer, ApiRequest, Filter, RequestContext } from '../pipeline/api-request.ts';

/** --v from which on requests stand in the log. */
const REQUESTS_VERBOSITY = 3;

/** One line a request where the verbosity asks for it; costs a comparison where it does not. */
export function withRequestLog({ logger, clock, verbosity }: { logger: Logger; clock: Pick<Clock, 'monotonicNow'>; verbosity: () => number }): Filter {
  return (next) => (request, context) => {
    if (verbosity() < REQUESTS_VERBOSITY) return next(request, context);
    const startedAt = clock.monotonicNow();
    const running = next(request, context);
    running.then((answer) => { log(answer); }, () => { log(undefined); }); // who waits for the answer deals with the error
    return running;
    function log(answer: Answer | undefined): void { logger.debug('HTTP', { ...requestLine(request, context), resp: codeOf(answer), latencyMs: clock.monotonicNow() - startedAt }); }
  };
}

/** What tells a request from others. */
export function requestLine({ method, target, path, headers, peer }: ApiRequest, { info, user, auditId }: RequestContext): Record<string, unknown> {
  return { verb: info.isResourceRequest ? info.verb : method, URI: target ?? path, userAgent: headers['user-agent'] ?? '', auditID: auditId ?? '', srcIP: peer.address, user: user.name };
}

/** 0: the client left before there was an answer. */
function codeOf(answer: Answer | undefined): number {
  if (answer === undefined) return 0;
  return answer.kind === 'upgrade' ? 101 : answer.status;
}

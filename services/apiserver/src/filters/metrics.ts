import type { Clock } from '@kubernode/base';
import type { Answer, Filter, RequestInfo } from '../pipeline/api-request.ts';
import { isTrue } from './request-info.ts';

export interface RequestFacts {
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  scope: '' | 'resource' | 'namespace' | 'cluster';
  dryRun: string;
}

export interface RequestObserver {
  finished(facts: RequestFacts, code: number, seconds: number): void;
  /** The server ended it early, for its own sake. */
  terminated(facts: RequestFacts, code: number): void;
}

/** Tells the metrics of every request how it ended and how long it took; watches count when they begin. */
export function withMetrics({ clock, observer }: { clock: Clock; observer: RequestObserver }): Filter {
  return (next) => async (request, context) => {
    const startedMs = clock.monotonicNow();
    const answer = await next(request, context);
    const facts = factsOf(context.info, request.query);
    observer.finished(facts, codeOf(answer), (clock.monotonicNow() - startedMs) / 1000);
    if (context.terminated === true) observer.terminated(facts, codeOf(answer));
    return answer;
  };
}

function codeOf(answer: Answer): number {
  return answer.kind === 'upgrade' ? 101 : answer.status;
}

const METRIC_VERBS: Readonly<Record<string, string>> = { get: 'GET', list: 'LIST', watch: 'WATCH', create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETECOLLECTION' };

/** As Kubernetes labels them; verbs that are none are kept apart so that no client can make labels without end. */
function factsOf(info: RequestInfo, query: URLSearchParams): RequestFacts {
  const { group, version, resource, subresource, isResourceRequest } = info;
  const scope = !isResourceRequest ? '' : info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
  return { verb: METRIC_VERBS[info.verb] ?? 'OTHER', group, version, resource, subresource, scope, dryRun: isTrue(query.get('dryRun')) ? 'All' : '' };
}

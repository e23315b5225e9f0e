import type { Answer, ApiRequest, Filter, Handler, RequestContext, UserInfo } from '../pipeline/api-request.ts';
import { requestInfoOf } from './request-info.ts';

/** The one ordered list: the first filter sees a request first and its answer last. */
export type Chain = (request: ApiRequest) => Promise<Answer>;

const NOBODY: UserInfo = { name: '', uid: '', groups: [], extra: {} };

/** Puts the filters around the innermost handler. Finding out what the request means comes before all of them. */
export function createChain(filters: readonly Filter[], innermost: Handler): Chain {
  const handle = filters.reduceRight<Handler>((next, filter) => filter(next), innermost);
  return async (request) => {
    const context: RequestContext = { info: requestInfoOf(request.method, request.path, request.query), user: NOBODY, warnings: [], auditAnnotations: {}, ...(request.fence && { fence: request.fence }) };
    return handle(request, context);
  };
}

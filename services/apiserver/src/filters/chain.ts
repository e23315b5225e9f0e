import { StatusError } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { Answer, ApiRequest, Filter, Handler, RequestContext, RequestInfo, UserInfo } from '../pipeline/api-request.ts';
import { RequestCourse } from '../pipeline/request-course.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { requestInfoOf } from './request-info.ts';

/** The one ordered list: the first filter sees a request first and its answer last. */
export type Chain = (request: ApiRequest) => Promise<Answer>;

const NOBODY: UserInfo = { name: '', uid: '', groups: [], extra: {} };

/** Puts the filters around the innermost handler. Finding out what the request means comes before all of them. With a clock it is measured where the time goes. */
export function createChain(filters: readonly Filter[], innermost: Handler, clock?: Pick<Clock, 'monotonicNow'>): Chain {
  const handle = filters.reduceRight<Handler>((next, filter) => filter(next), innermost);
  return (request) => {
    const info = infoOf(request);
    if (info instanceof StatusError) return Promise.resolve(textAnswer(500, `Internal Server Error: ${JSON.stringify(request.path)}: failed to create RequestInfo: ${info.message}\n`));
    const context: RequestContext = { info, user: NOBODY, warnings: [], auditAnnotations: {} };
    if (clock !== undefined) context.course = new RequestCourse(clock);
    if (request.fence !== undefined) context.fence = request.fence;
    return handle(request, context);
  };
}

/** Paths of long ago have no meaning without their last part. */
function infoOf({ method, path, query }: ApiRequest): RequestInfo | StatusError {
  try { return requestInfoOf(method, path, query); } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

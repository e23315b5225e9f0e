import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { WriteRequest } from '../registry/write/write-request.ts';
import { fenceOf } from '../registry/write/fence.ts';

/** What the registry needs to know of a request. */
export function writeRequestOf(served: ServedResource, request: ApiRequest, context: RequestContext, options: { dryRun: boolean; raw: Readonly<Record<string, unknown>> }): WriteRequest {
  const { info, user, warnings, auditAnnotations } = context;
  return {
    served, namespace: info.namespace, name: info.name, subresource: info.subresource, user, dryRun: options.dryRun, options: options.raw, expiresAtMs: context.deadline?.expiresAtMs,
    get signal() { return request.signal; }, // making one costs more than a small write has to spare, and hardly any write waits for anything that could be called off
    warn: (text) => { warnings.push(text); },
    annotate: (key, value) => { auditAnnotations[key] = value; },
    fence: context.fence && fenceOf(context.fence), course: context.course,
  };
}

import { redactText } from '@kubernode/component-base';
import { parseTraceparent, type Tracer } from '@kubernode/tracing';
import type { ApiRequest, Filter, RequestInfo, UserInfo } from '../pipeline/api-request.ts';

/** Groups whose members decide what is traced, as in Kubernetes. */
const DECIDING_GROUPS: ReadonlySet<string> = new Set(['system:masters', 'system:monitoring', 'system:nodes']);
/** So do the components of the control plane: their traces go on here. Of everybody else a trace is linked, no more: it cannot make the server record. */
const DECIDING_USERS: ReadonlySet<string> = new Set(['system:kube-scheduler', 'system:kube-controller-manager', 'system:kube-aggregator']);
const SPAN_NAMES: Readonly<Record<string, string>> = { get: 'Get', list: 'List', watch: 'Watch', create: 'Create', update: 'Update', patch: 'Patch', delete: 'Delete', deletecollection: 'DeleteCollection' };
const SERVER_ERROR = 500;

/** A span for each request that is sampled, and one below it for what its verb does. Stands behind authentication: who asks decides. Only in the chain of servers that trace. */
export function withTracing(tracer: Tracer): Filter {
  return (next) => async (request, context) => {
    const { info, user, course, startedMs } = context;
    const span = tracer.begin(nameOf(request, info), { kind: 'server', caller: parseTraceparent(request.headers['traceparent']), isTrusted: mayDecide(user), ...(startedMs !== undefined && { startedMs }) });
    if (span === undefined || course === undefined) return next(request, context);
    span.set({ 'http.method': request.method, 'http.target': redactText(request.target ?? request.path), 'http.user_agent': request.headers['user-agent'] ?? '', 'audit-id': course.auditId });
    const inner = span.child(info.isResourceRequest ? SPAN_NAMES[info.verb] ?? info.verb : request.path);
    course.span = inner;
    let outcome: { error?: string } = { error: 'no answer' };
    try {
      const answer = await next(request, context);
      const status = answer.kind === 'upgrade' ? 101 : answer.status;
      span.set({ 'http.status_code': status });
      outcome = status >= SERVER_ERROR ? { error: `status ${status}` } : {};
      return answer;
    } catch (error) {
      outcome = { error: error instanceof Error ? redactText(error.message) : 'failed' };
      throw error;
    } finally {
      inner.end(outcome);
      span.end(outcome);
    }
  };
}

function mayDecide({ name, groups }: UserInfo): boolean { return DECIDING_USERS.has(name) || groups.some((group) => DECIDING_GROUPS.has(group)); }

/** `POST /api/v1/namespaces/{:namespace}/pods`: names would make each request a kind of its own. */
function nameOf({ method }: ApiRequest, { isResourceRequest, apiPrefix, group, version, namespace, resource, name, subresource }: RequestInfo): string {
  if (!isResourceRequest) return method;
  const parts = [apiPrefix, group, version, ...(namespace === '' ? [] : ['namespaces', '{:namespace}']), resource, name === '' ? '' : '{:name}', subresource];
  return `${method} /${parts.filter((part) => part !== '').join('/')}`;
}

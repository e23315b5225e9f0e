import type { Clock } from '@kubernode/base';
import type { Answer, ApiRequest, RequestContext, RequestInfo, StreamAnswer, UpgradeAnswer } from '../pipeline/api-request.ts';
import { isLongRunning, isTrue } from './request-info.ts';
import { SLOW_MS, type SlowRequests } from './slow-requests.ts';
import type { Step } from './steps.ts';

export interface RequestFacts {
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  scope: '' | 'resource' | 'namespace' | 'cluster';
  dryRun: string;
  /** Which of the control plane's own components asks; '' for everybody else. */
  systemClient: string;
}

/** What is to be known of a request once it is answered; a watch is answered when it begins. */
export interface RequestOutcome {
  code: number;
  seconds: number;
  requestBytes: number;
  /** Of bodies that are one whole; 0 for streams. */
  answerBytes: number;
  /** When the client's certificate ends, ms since 1970; undefined without one. */
  certificateEndsAt: number | undefined;
}

export interface RequestObserver {
  finished(facts: RequestFacts, outcome: RequestOutcome): void;
  /** The server ended it early, for its own sake. */
  terminated(facts: RequestFacts, code: number): void;
  /** A watch or another stream begins; disposed of when it is over. */
  lasts(facts: RequestFacts): Disposable;
}

/** Tells the metrics of every request how it ended and how long it took, and the log of slow ones; watches count when they begin. */
export function metrics({ clock, observer, slow }: { clock: Pick<Clock, 'monotonicNow'>; observer: RequestObserver; slow?: Pick<SlowRequests, 'tell'> }): Step {
  return {
    before(_request, context) {
      context.startedMs = clock.monotonicNow();
      return undefined;
    },
    after(answer, request, context: RequestContext) {
      const { info, startedMs = 0, terminated } = context;
      const facts = factsOf(request, info);
      const code = codeOf(answer);
      const totalMs = clock.monotonicNow() - startedMs;
      if (totalMs >= SLOW_MS && !isLongRunning(info)) slow?.tell(request, context, { code, totalMs });
      observer.finished(facts, { code, seconds: totalMs / 1000, requestBytes: request.body.length, answerBytes: lengthOf(answer), certificateEndsAt: request.peer.certificate?.expiresAtMs });
      if (terminated === true) observer.terminated(facts, code);
      return answer.kind === 'buffered' || !isLongRunning(info) ? answer : counted(answer, () => observer.lasts(facts));
    },
  };
}

/** The answer, which counts from when it is sent until it is over. */
function counted(answer: StreamAnswer | UpgradeAnswer, lasts: () => Disposable): Answer {
  if (answer.kind === 'stream') return { ...answer, write: async (sink, signal) => { using _running = lasts(); await answer.write(sink, signal); } };
  return { ...answer, accept(socket, head) { const running = lasts(); socket.once('close', () => { running[Symbol.dispose](); }); answer.accept(socket, head); } };
}

function codeOf(answer: Answer): number {
  return answer.kind === 'upgrade' ? 101 : answer.status;
}

function lengthOf(answer: Answer): number {
  if (answer.kind !== 'buffered') return 0;
  return Buffer.isBuffer(answer.body) ? answer.body.length : answer.body.reduce((sum, piece) => sum + piece.length, 0);
}

const METRIC_VERBS: Readonly<Record<string, string>> = { get: 'GET', list: 'LIST', watch: 'WATCH', create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETECOLLECTION' };
/** Whatever their method: connections to nodes. */
const CONNECT_SUBRESOURCES: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);
const APPLY_TYPE = 'application/apply-patch+yaml';

/** As Kubernetes labels them; verbs that are none are kept apart so that no client can make labels without end. */
function factsOf({ query, headers }: Pick<ApiRequest, 'query' | 'headers'>, info: RequestInfo): RequestFacts {
  const { group, version, resource, subresource } = info;
  return { verb: verbOf(info, headers['content-type']), group, version, resource, subresource, scope: scopeOf(info), dryRun: isTrue(query.get('dryRun')) ? 'All' : '', systemClient: systemClientOf(headers['user-agent']) };
}

function verbOf({ verb, isResourceRequest, subresource }: RequestInfo, contentType: string | undefined): string {
  if (subresource !== '' && isResourceRequest && CONNECT_SUBRESOURCES.has(subresource)) return 'CONNECT';
  return verb === 'patch' && contentType === APPLY_TYPE ? 'APPLY' : METRIC_VERBS[verb] ?? 'OTHER';
}

function scopeOf({ isResourceRequest, name, namespace, verb }: RequestInfo): RequestFacts['scope'] {
  if (!isResourceRequest) return '';
  return name !== '' || verb === 'create' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster';
}

const SYSTEM_CLIENTS: readonly string[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'cluster-policy-controller'];

function systemClientOf(userAgent: string | undefined): string {
  if (userAgent === undefined || (!userAgent.startsWith('kube-') && !userAgent.startsWith('cluster-'))) return '';
  return SYSTEM_CLIENTS.find((name) => userAgent.startsWith(`${name}/`)) ?? '';
}

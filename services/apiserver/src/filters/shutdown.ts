import { linkSignals } from '@kubernode/base';
import { serviceUnavailable } from '@kubernode/apimachinery';
import type { ServerLifecycle } from '../lifecycle/server-lifecycle.ts';
import type { Answer, ApiRequest } from '../pipeline/api-request.ts';
import { jsonAnswer, textAnswer } from '../pipeline/status-answer.ts';
import type { Step } from './steps.ts';

/** What tells of the server itself is answered to the end. */
const EXEMPT_PREFIXES = ['/readyz', '/livez', '/healthz', '/metrics'];
const OWN_USER_AGENT = 'kube-apiserver/';
const CLOSE: Readonly<Record<string, string>> = { Connection: 'close' };

/** While the server drains: tells clients to leave, turns away what would only be cut, and ends watches when it is their turn. */
export function shutdown({ lifecycle, sendRetryAfter }: { lifecycle: ServerLifecycle; sendRetryAfter: boolean }): Step {
  return {
    before(request, { info }) {
      if (lifecycle.phase !== 'draining' || isExempt(request)) return undefined;
      if (sendRetryAfter && lifecycle.isTooLate(request.receivedAt)) return tryAgainLater();
      return info.verb === 'watch' ? unavailable() : undefined;
    },
    after(answer, _request, { info }) {
      if (info.verb === 'watch' && answer.kind === 'stream') return endedByShutdown(answer, lifecycle);
      return lifecycle.phase === 'draining' ? lastOfConnection(answer) : answer;
    },
  };
}

function isExempt({ path, headers }: ApiRequest): boolean {
  return headers['user-agent']?.startsWith(OWN_USER_AGENT) === true || EXEMPT_PREFIXES.some((prefix) => path.startsWith(prefix));
}

function tryAgainLater(): Answer {
  return textAnswer(429, 'The apiserver is shutting down, please try again later.\n', { ...CLOSE, 'Retry-After': '5', 'X-Content-Type-Options': 'nosniff' });
}

function unavailable(): Answer {
  return jsonAnswer(503, serviceUnavailable('apiserver is shutting down').toStatus(), { ...CLOSE, 'Retry-After': '1', 'X-Content-Type-Options': 'nosniff' });
}

/** The client has to open its next connection elsewhere. */
function lastOfConnection(answer: Answer): Answer {
  return answer.kind === 'upgrade' ? answer : { ...answer, headers: { ...answer.headers, ...CLOSE } };
}

function endedByShutdown(answer: Extract<Answer, { kind: 'stream' }>, lifecycle: ServerLifecycle): Answer {
  return {
    ...answer,
    async write(sink, signal) {
      using ended = linkSignals(signal);
      using _watch = lifecycle.watchBegan(() => { ended.abort(); });
      if (lifecycle.phase === 'draining') ended.abort(); // it began too late to be told
      await answer.write(sink, ended.signal);
    },
  };
}

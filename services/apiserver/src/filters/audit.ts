import { isAbortError } from '@kubernode/base';
import { StatusError } from '@kubernode/apimachinery';
import type { AuditMetrics } from '../audit/audit-metrics.ts';
import type { AuditDecision, AuditSubject } from '../audit/audit-policy.ts';
import { AuditRecord } from '../audit/audit-record.ts';
import type { AuditSink } from '../audit/audit-sink.ts';
import type { Answer, ApiRequest, AuditTrail, Filter, RequestContext, RequestInfo, UserInfo } from '../pipeline/api-request.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { isLongRunning } from './request-info.ts';

export interface Auditor {
  decide(info: RequestInfo, user: AuditSubject): AuditDecision;
  sink: AuditSink;
  /** Wall clock, ms since 1970 with fractions. */
  now(): number;
  metrics: AuditMetrics;
}

/** For requests that are judged and not audited: notes nothing. */
const UNAUDITED: AuditTrail = { requestObject: () => undefined, requestPatch: () => undefined, impersonated: () => undefined };

/** Writes down what requests ask for and how they end, as far as the policy wants it. Stands behind authentication and before impersonation. */
export function withAudit(auditor: Auditor): Filter {
  return (next) => async (request, context) => {
    const record = beginRecord(auditor, { request, context, user: context.user });
    if (record === undefined) { context.audit = UNAUDITED; return next(request, context); }
    context.audit = record;
    if (!await record.reached('RequestReceived')) { auditor.metrics.requestRejected(); return notStored(request); }
    const longRunning = isLongRunning(context.info);
    let answer: Answer;
    try {
      answer = await next(request, context);
    } catch (error) {
      await finishFailed(record, error, { longRunning, isGone: request.signal.aborted });
      throw error;
    }
    record.answered(answer);
    if (longRunning) await record.reached('ResponseStarted');
    return finishWith(answer, () => record.reached('ResponseComplete'));
  };
}

/** Writes down what is refused before anybody knows the user: wrong credentials, wrong timeouts. Stands outside of authentication. */
export function withFailedRequestAudit(auditor: Auditor): Filter {
  return (next) => async (request, context) => {
    context.receivedAt = auditor.now();
    try {
      return await next(request, context);
    } catch (error) {
      if (context.audit === undefined && error instanceof StatusError) {
        const record = beginRecord(auditor, { request, context, user: undefined });
        record?.refused(error);
        await record?.reached('ResponseStarted');
      }
      throw error;
    }
  };
}

function beginRecord({ decide, sink, now, metrics }: Auditor, { request, context, user }: { request: ApiRequest; context: RequestContext; user: UserInfo | undefined }): AuditRecord | undefined {
  const decision = decide(context.info, user);
  metrics.decided(decision.level);
  return decision.level === 'None' ? undefined : new AuditRecord({ request, context, decision, user, receivedAt: context.receivedAt ?? request.receivedAt, sink, now, metrics });
}

async function finishFailed(record: AuditRecord, error: unknown, { longRunning, isGone }: { longRunning: boolean; isGone: boolean }): Promise<void> {
  const left = isAbortError(error) && isGone;
  if (!left && !(error instanceof StatusError)) {
    record.broke(error);
    await record.reached('Panic');
    return;
  }
  if (left) record.abandoned();
  else record.refused(error as StatusError); // by the line above
  if (longRunning) await record.reached('ResponseStarted');
  await record.reached('ResponseComplete');
}

/** The answer, whose last event is written when it is complete: now, or when its stream or connection ends. */
async function finishWith(answer: Answer, complete: () => boolean | Promise<boolean>): Promise<Answer> {
  switch (answer.kind) {
    case 'buffered':
      await complete();
      return answer;
    case 'stream':
      return { ...answer, write: async (sink, signal) => { try { await answer.write(sink, signal); } finally { await complete(); } } };
    case 'upgrade':
      return { ...answer, accept(socket, head) { socket.once('close', () => { void complete(); }); answer.accept(socket, head); } }; // sinks never reject
  }
}

/** The answer where --audit-log-mode=blocking-strict wants every request in the log and one is not. */
function notStored({ target, path }: ApiRequest): Answer {
  return textAnswer(500, `Internal Server Error: ${JSON.stringify(target ?? path)}: failed to store audit event\n`);
}

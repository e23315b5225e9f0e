import { internalError, isJsonObject, type KubeObject, type StatusError } from '@kubernode/apimachinery';
import type { Answer, ApiRequest, AuditTrail, RequestContext, UserInfo } from '../pipeline/api-request.ts';
import type { AuditEvent, ObjectReference, ResponseStatus } from './audit-event.ts';
import type { AuditMetrics } from './audit-metrics.ts';
import type { AuditDecision, AuditStage } from './audit-policy.ts';
import type { AuditSink } from './audit-sink.ts';
import { patchJson, withoutManagedFields } from './audited-body.ts';
import { responseObject, responseStatus } from './response-content.ts';
import { sourceIPs } from './source-ips.ts';

export interface RecordParts {
  request: ApiRequest;
  context: RequestContext;
  decision: AuditDecision;
  /** Undefined before authentication. */
  user: UserInfo | undefined;
  receivedAt: number;
  sink: AuditSink;
  now: () => number;
  metrics: Pick<AuditMetrics, 'eventMade'>;
}

const USER_AGENT_LENGTH_MAX = 1024;

/** The audit of one request: gathers what is to be written and writes an event at each stage that the policy does not leave out. */
export class AuditRecord implements AuditTrail {
  readonly #parts: RecordParts;
  readonly #objectRef: ObjectReference | undefined;
  #impersonatedUser: UserInfo | undefined;
  #impersonationConstraint = '';
  #requestObject: string | undefined;
  #responseStatus: ResponseStatus | undefined;
  #responseObject: string | undefined;

  constructor(parts: RecordParts) {
    const { context: { info } } = parts;
    this.#parts = parts;
    this.#objectRef = info.isResourceRequest
      ? { resource: info.resource, namespace: info.namespace, name: info.name, uid: '', apiGroup: info.group, apiVersion: info.version, resourceVersion: '', subresource: info.subresource } : undefined;
  }

  requestObject(object: Readonly<KubeObject>): void {
    const { level, omitManagedFields } = this.#parts.decision;
    this.#fillReference(object);
    if (level === 'Request' || level === 'RequestResponse') this.#requestObject = JSON.stringify(omitManagedFields ? withoutManagedFields(object) : object);
  }

  requestPatch(patch: Buffer): void {
    const { level } = this.#parts.decision;
    if (level === 'Request' || level === 'RequestResponse') this.#requestObject = patchJson(patch);
  }

  impersonated(user: UserInfo, constraint: string): void {
    this.#impersonatedUser = user;
    this.#impersonationConstraint = constraint;
  }

  /** The answer is there; bodies that are streams are never written down. */
  answered(answer: Answer): void {
    const { decision: { level, omitManagedFields }, context: { info } } = this.#parts;
    this.#responseStatus = responseStatus(answer);
    if (level === 'RequestResponse') this.#responseObject = responseObject(answer, info, omitManagedFields ? withoutManagedFields : undefined);
  }

  /** The request is refused. Of a refusal that the client cannot read in any encoding it takes, the code alone is known. */
  refused(error: StatusError): void {
    const full = error.toStatus();
    const { status, message, reason, details, code } = full;
    const isReadable = code !== 406;
    this.#responseStatus = isReadable ? { status, message: message ?? '', ...(reason && { reason }), ...(details && { details }), code } : { code };
    if (isReadable && this.#parts.decision.level === 'RequestResponse') this.#responseObject = JSON.stringify(full);
  }

  /** A fault of the server, not of the request. */
  broke(error: unknown): void {
    const { message = '' } = internalError(error).toStatus();
    this.#responseStatus = { status: 'Failure', message: `APIServer panic'd: ${message.replace(/^Internal error occurred: /, '')}`, reason: 'InternalError', code: 500 };
  }

  /** The client left before there was anything to tell it. */
  abandoned(): void {
    this.#responseStatus ??= { status: 'Success', message: 'Connection closed early', code: 200 };
  }

  /** Writes the event of a stage; false when it had to be kept and was not. */
  reached(stage: AuditStage): boolean | Promise<boolean> {
    const { decision, sink, metrics } = this.#parts;
    if (decision.omitStages.has(stage)) return true;
    metrics.eventMade();
    return sink.process([this.#event(stage)]);
  }

  #event(stage: AuditStage): AuditEvent {
    const { request: { headers, peer, target, path }, context, decision: { level }, user, receivedAt, now } = this.#parts;
    const userAgent = headers['user-agent'] ?? '';
    return {
      level, auditID: context.auditId ?? '', stage, requestURI: target ?? path, verb: context.info.verb, user,
      ...(this.#impersonatedUser && { impersonatedUser: this.#impersonatedUser, impersonationConstraint: this.#impersonationConstraint }),
      sourceIPs: sourceIPs({ forwardedFor: headers['x-forwarded-for'], realIp: headers['x-real-ip'], remoteAddress: peer.address }),
      userAgent: userAgent.length > USER_AGENT_LENGTH_MAX ? `${userAgent.slice(0, USER_AGENT_LENGTH_MAX)}...TRUNCATED` : userAgent,
      ...(this.#objectRef && { objectRef: { ...this.#objectRef } }), ...(this.#responseStatus && { responseStatus: this.#responseStatus }),
      ...(this.#requestObject !== undefined && { requestObject: this.#requestObject }), ...(this.#responseObject !== undefined && { responseObject: this.#responseObject }),
      receivedAt, stageAt: stage === 'RequestReceived' ? receivedAt : now(), annotations: level === 'Metadata' ? withoutPatches(context.auditAnnotations) : { ...context.auditAnnotations },
    };
  }

  /** What the path leaves open the body may tell. */
  #fillReference({ metadata }: Readonly<KubeObject>): void {
    const reference = this.#objectRef;
    if (reference === undefined || !isJsonObject(metadata)) return;
    for (const field of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
      if (reference[field] === '') reference[field] = metadata[field] ?? '';
    }
  }
}

/** What webhooks' patches said is content, which the level of metadata does not show. */
function withoutPatches(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith('patch.webhook.admission.k8s.io/')));
}

import { formatMicroTime, type Status } from '@kubernode/apimachinery';
import type { UserInfo } from '../pipeline/api-request.ts';
import type { AuditLevel, AuditStage } from './audit-policy.ts';

/** One event of audit.k8s.io/v1. Bodies are JSON text, so that what is stored already as text is not parsed for it. Times are ms since 1970 with fractions. */
export interface AuditEvent {
  level: AuditLevel;
  auditID: string;
  stage: AuditStage;
  requestURI: string;
  verb: string;
  /** Undefined before authentication. */
  user: UserInfo | undefined;
  impersonatedUser?: UserInfo;
  /** The verb that let the user impersonate, where it was one of the constrained kinds. */
  impersonationConstraint?: string;
  sourceIPs: readonly string[];
  userAgent: string;
  objectRef?: Readonly<ObjectReference>;
  responseStatus?: ResponseStatus;
  requestObject?: string;
  responseObject?: string;
  receivedAt: number;
  stageAt: number;
  annotations: Readonly<Record<string, string>>;
}

export interface ObjectReference { resource: string; namespace: string; name: string; uid: string; apiGroup: string; apiVersion: string; resourceVersion: string; subresource: string }

/** A Status without its kind; successes that are none hold the code alone. */
export type ResponseStatus = Pick<Status, 'code'> & Partial<Pick<Status, 'status' | 'message' | 'reason' | 'details'>>;

/** The event as Go would write it, in its order of fields, without those that are empty. Events in a list do not repeat their kind. */
export function encodeAuditEvent(event: AuditEvent, { typed }: { typed: boolean }): string {
  const { level, auditID, stage, requestURI, verb, user, impersonatedUser, impersonationConstraint, sourceIPs, userAgent, objectRef, responseStatus, requestObject, responseObject } = event;
  const head = JSON.stringify({
    ...(typed && { kind: 'Event', apiVersion: 'audit.k8s.io/v1' }), level, auditID, stage, requestURI, verb, user: userFields(user),
    impersonatedUser: impersonatedUser && userFields(impersonatedUser), authenticationMetadata: impersonationConstraint ? { impersonationConstraint } : undefined,
    sourceIPs: sourceIPs.length > 0 ? sourceIPs : undefined, userAgent: userAgent || undefined,
    objectRef: objectRef && filledFields(objectRef), responseStatus: responseStatus && statusFields(responseStatus),
  });
  const tail = JSON.stringify({ requestReceivedTimestamp: formatMicroTime(event.receivedAt), stageTimestamp: formatMicroTime(event.stageAt), annotations: sortedFields(event.annotations) });
  const bodies = `${requestObject === undefined ? '' : `"requestObject":${requestObject},`}${responseObject === undefined ? '' : `"responseObject":${responseObject},`}`;
  return escapeForHtml(`${head.slice(0, -1)},${bodies}${tail.slice(1)}`);
}

function userFields(user: UserInfo | undefined): object {
  if (user === undefined) return {};
  const { name, uid, groups, extra } = user;
  const keys = Object.keys(extra);
  return { username: name || undefined, uid: uid || undefined, groups: groups.length > 0 ? groups : undefined, extra: keys.length > 0 ? Object.fromEntries(keys.toSorted().map((key) => [key, extra[key]])) : undefined };
}

function filledFields({ resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource }: ObjectReference): object {
  return {
    resource: resource || undefined, namespace: namespace || undefined, name: name || undefined, uid: uid || undefined, apiGroup: apiGroup || undefined, apiVersion: apiVersion || undefined,
    resourceVersion: resourceVersion || undefined, subresource: subresource || undefined,
  };
}

function statusFields({ status, message, reason, details, code }: ResponseStatus): object {
  return { metadata: {}, status: status || undefined, message: message || undefined, reason: reason || undefined, details, code };
}

function sortedFields(annotations: Readonly<Record<string, string>>): object | undefined {
  const keys = Object.keys(annotations);
  return keys.length === 0 ? undefined : Object.fromEntries(keys.toSorted().map((key) => [key, annotations[key]]));
}

const HTML_ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** Go writes these as escapes. In JSON they only ever stand inside of texts, so that replacing them changes no value. */
function escapeForHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => HTML_ESCAPES[character] ?? character);
}

import { goQuote } from '../codec/go-text.ts';
import { formatGroupResource, type GroupResource, type GroupVersionKind } from '../meta/group-version.ts';
import type { FieldError } from '../validation/field-error.ts';
import type { Status, StatusDetails } from './status.ts';

/** Reasons on which clients match; messages may change, these may not. */
export type StatusReason =
  | 'Unauthorized' | 'Forbidden' | 'NotFound' | 'AlreadyExists' | 'Conflict' | 'Gone' | 'Expired' | 'Invalid' | 'ServerTimeout'
  | 'Timeout' | 'TooManyRequests' | 'BadRequest' | 'MethodNotAllowed' | 'NotAcceptable' | 'UnsupportedMediaType'
  | 'RequestEntityTooLarge' | 'InternalError' | 'ServiceUnavailable';

export interface StatusErrorInit {
  code: number;
  /** Absent for the few answers that have none, see `internalErrorWithoutReason`. */
  reason?: StatusReason | undefined;
  message: string;
  details?: StatusDetails | undefined;
  cause?: unknown;
}

/** An expected fault with the answer a client gets for it. Thrown by any layer, rendered once, at the edge. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: StatusReason | undefined;
  readonly details: StatusDetails | undefined;

  constructor({ code, reason, message, details, cause }: StatusErrorInit) {
    super(message, { cause });
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the answer. */
  toStatus(): Status {
    return {
      kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message,
      ...(this.reason !== undefined && { reason: this.reason }), ...(this.details !== undefined && { details: this.details }), code: this.code,
    };
  }
}

/** The error that a client's answer stands for. */
export function fromStatus(status: Status): StatusError {
  return new StatusError({ code: status.code, reason: status.reason as StatusReason | undefined, message: status.message ?? '', details: status.details }); // an unknown reason of a newer server is carried along
}

const detailsOf = ({ group, resource }: GroupResource, name: string): StatusDetails => ({ ...(name !== '' && { name }), ...(group !== '' && { group }), kind: resource });

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError({ code: 404, reason: 'NotFound', message: `${formatGroupResource(resource)} ${goQuote(name)} not found`, details: detailsOf(resource, name) });
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError({ code: 409, reason: 'AlreadyExists', message: `${formatGroupResource(resource)} ${goQuote(name)} already exists`, details: detailsOf(resource, name) });
}

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError({ code: 409, reason: 'Conflict', message: `Operation cannot be fulfilled on ${formatGroupResource(resource)} ${goQuote(name)}: ${why}`, details: detailsOf(resource, name) });
}

/** The conflict of a write that was made from an older version of the object. */
export function modifiedSince(resource: GroupResource, name: string): StatusError {
  return conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');
}

export function forbidden(resource: GroupResource, name: string, why: string): StatusError {
  const what = name === '' ? `${formatGroupResource(resource)} is forbidden` : `${formatGroupResource(resource)} ${goQuote(name)} is forbidden`;
  return new StatusError({ code: 403, reason: 'Forbidden', message: `${what}: ${why}`, details: detailsOf(resource, name) });
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

/** A wait that ended; the client may come back after `retryAfterSeconds`. */
export function timeout(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 504, reason: 'Timeout', message: `Timeout: ${message}`, details: { retryAfterSeconds } });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message });
}

/** A revision that is compacted away: the client has to list anew. */
export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

export function internalError(cause: unknown): StatusError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StatusError({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${message}`, details: { causes: [{ message }] }, cause });
}

/** Faults that kube-apiserver answers with code and message alone, since its code has no typed error for them. */
export function internalErrorWithoutReason(message: string, code = 500): StatusError {
  return new StatusError({ code, message });
}

/** Field errors as one 422: `Pod "x" is invalid: spec.containers: Required value`, or `[…, …]` for several. */
export function invalid(kind: Pick<GroupVersionKind, 'group' | 'kind'>, name: string, errors: readonly FieldError[]): StatusError {
  const causes = errors.map(({ reason, field, message }) => ({ reason, message, field }));
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError({
    code: 422, reason: 'Invalid',
    message: `${qualified} ${goQuote(name)} is invalid${texts.length === 0 ? '' : `: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`}`,
    details: { ...(name !== '' && { name }), ...(kind.group !== '' && { group: kind.group }), kind: kind.kind, ...(causes.length > 0 && { causes }) },
  });
}

const hasReason = (reason: StatusReason) => (error: unknown): error is StatusError => error instanceof StatusError && error.reason === reason;
export const isNotFound: (error: unknown) => error is StatusError = hasReason('NotFound');
export const isAlreadyExists: (error: unknown) => error is StatusError = hasReason('AlreadyExists');
export const isConflict: (error: unknown) => error is StatusError = hasReason('Conflict');
export const isForbidden: (error: unknown) => error is StatusError = hasReason('Forbidden');
export const isInvalid: (error: unknown) => error is StatusError = hasReason('Invalid');
export const isMethodNotSupported: (error: unknown) => error is StatusError = hasReason('MethodNotAllowed');
export const isUnsupportedMediaType: (error: unknown) => error is StatusError = hasReason('UnsupportedMediaType');
export const isTooManyRequests: (error: unknown) => error is StatusError = hasReason('TooManyRequests');

/** A watch or list position that is gone, by either of the two reasons servers use for it. */
export function isExpired(error: unknown): error is StatusError {
  return error instanceof StatusError && (error.reason === 'Expired' || error.reason === 'Gone');
}

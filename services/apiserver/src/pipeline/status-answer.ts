import { internalError, StatusError, type Status } from '@kubernode/apimachinery';
import type { BufferedAnswer } from './api-request.ts';

export const JSON_TYPE = 'application/json';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/** A value as a JSON answer. */
export function jsonAnswer(status: number, value: unknown, headers?: Readonly<Record<string, string>>): BufferedAnswer {
  return { kind: 'buffered', status, contentType: JSON_TYPE, body: Buffer.from(`${JSON.stringify(value)}\n`), ...(headers && { headers }) };
}

export function textAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = NO_SNIFF): BufferedAnswer {
  return { kind: 'buffered', status, contentType: TEXT_TYPE, body: Buffer.from(text), headers };
}

const NO_SNIFF: Readonly<Record<string, string>> = { 'X-Content-Type-Options': 'nosniff' };

/** What Kubernetes answers where no handler is: plain text, no Status. */
export function pageNotFound(): BufferedAnswer {
  return textAnswer(404, '404 page not found\n');
}

/** The answer for anything thrown: a StatusError's own Status, otherwise an internal error. */
export function errorAnswer(error: unknown): BufferedAnswer {
  const statusError = toStatusError(error);
  return jsonAnswer(statusError.code, statusError.toStatus(), errorHeaders(statusError));
}

export function toStatusError(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error);
}

/** Retry-After where the error says when to come back; the two flow-control headers of Kubernetes are for its own schemas. */
export function errorHeaders(error: StatusError): Readonly<Record<string, string>> | undefined {
  const seconds = error.details?.retryAfterSeconds;
  return seconds === undefined || seconds === 0 ? undefined : { 'Retry-After': String(seconds) };
}

/** A Status that says all went well. */
export function successStatus(details?: Status['details']): Omit<Status, 'code'> {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...(details && { details }) };
}

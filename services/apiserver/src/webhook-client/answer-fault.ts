import { fromStatus, goQuote, isJsonObject, StatusError, type Status, type StatusReason } from '@kubernode/apimachinery';

/** Longer texts are cut where they are shown. */
const SHOWN_BYTES_MAX = 2_048;

const BY_CODE: Readonly<Record<number, { reason: StatusReason; message: string }>> = {
  400: { reason: 'BadRequest', message: 'the server rejected our request for an unknown reason' },
  401: { reason: 'Unauthorized', message: 'the server has asked for the client to provide credentials' },
  404: { reason: 'NotFound', message: 'the server could not find the requested resource' },
  405: { reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource' },
  409: { reason: 'AlreadyExists', message: 'the server reported a conflict' },
  422: { reason: 'Invalid', message: 'the server rejected our request due to an error in our request' },
  429: { reason: 'TooManyRequests', message: 'the server has received too many requests and has asked us to try again later' },
  503: { reason: 'ServiceUnavailable', message: 'the server is currently unable to handle the request' },
  504: { reason: 'Timeout', message: 'the server was unable to return a response in the time allotted, but may still be processing the request' },
};

/** What a client of Kubernetes makes of an answer to a POST that is no success. */
export function answerFault(code: number, contentType: string, body: Buffer): StatusError {
  const status = statusIn(body);
  if (status !== undefined) return fromStatus({ ...status, code: status.code === undefined || status.code === 0 ? code : status.code });
  const isText = contentType === '' || contentType.startsWith('text/') || contentType.startsWith('application/json');
  const shown = isText ? body.subarray(0, SHOWN_BYTES_MAX).toString('utf8').trim() : 'unknown';
  return faultByCode(code, shown);
}

/** By the status alone, where the body is no Status; `shown` is what of it may be told. */
export function faultByCode(code: number, shown: string): StatusError {
  const known = BY_CODE[code];
  if (known !== undefined) return new StatusError({ code, ...known });
  if (code === 403) return new StatusError({ code, reason: 'Forbidden', message: shown });
  if (code === 406 || code === 415) return new StatusError({ code, reason: code === 406 ? 'NotAcceptable' : 'UnsupportedMediaType', message: shown });
  if (code >= 500) return new StatusError({ code, reason: 'InternalError', message: `an error on the server (${goQuote(shown)}) has prevented the request from succeeding` });
  return new StatusError({ code, message: `the server responded with the status code ${code} but did not return more information` });
}

function statusIn(body: Buffer): Status | undefined {
  if (body[0] !== 0x7b) return undefined; // no brace
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(value) && value['kind'] === 'Status' && value['status'] !== 'Success' ? value as unknown as Status : undefined; // kind says so
  } catch { return undefined; } // plain text after all
}

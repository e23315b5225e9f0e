import { badRequest, fromStatus, StatusError, type Status } from '@kubernode/apimachinery';

/** A webhook could not be asked, or what it said is no answer. Whether that ends the request is for its failure policy to say. */
export class WebhookCallFault extends Error {
  override readonly name = 'WebhookCallFault';
  /** For metrics: what kind of answer the fault is like. */
  readonly code: number;
  /** The request is over; nobody asks any more. */
  readonly cancelled: boolean;

  constructor(webhook: string, why: string, { code, cancelled = false, cause }: { code: number; cancelled?: boolean; cause?: unknown }) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`, { cause });
    this.code = code;
    this.cancelled = cancelled;
  }
}

/** The webhook has spoken: no. */
export class WebhookRejection extends Error {
  override readonly name = 'WebhookRejection';
  readonly status: StatusError;

  constructor(status: StatusError) {
    super(status.message);
    this.status = status;
  }
}

const CODE_MIN = 400;

/** What the client is told when a webhook denies: the webhook's own status, which is a failure whatever it says. */
export function denial(webhook: string, status: Readonly<Partial<Status>> | undefined): StatusError {
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const { code = 0, message = '', reason = '' } = status ?? {};
  const text = message !== '' ? `${denied}: ${message}` : reason !== '' ? `${denied}: ${reason}` : `${denied} without explanation`;
  return fromStatus({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...status, status: 'Failure', code: Math.max(code, CODE_MIN), message: text });
}

export function dryRunUnsupported(webhook: string): StatusError {
  return badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}

/** The request took longer than it may, for all its webhooks together. */
export function requestTimedOut(): StatusError {
  return new StatusError({ code: 504, reason: 'Timeout', message: 'Timeout: request did not complete within requested timeout' });
}

import type { IncomingMessage } from 'node:http';
import { StatusError } from '@kubernode/apimachinery';
import type { ArrivingBody, BodyFault } from './arriving-body.ts';

/** Bodies up to 3 MiB: what etcd takes, doubled, as in Kubernetes. */
export const REQUEST_BYTES_MAX: number = 3 * 1024 * 1024;

export const NO_BODY: Buffer = Buffer.alloc(0);

/** Whether a message announces a body; those of GETs hardly ever do, and are then answered without waiting for the end of the stream. */
export function hasBody(message: IncomingMessage): boolean {
  return message.headers['transfer-encoding'] !== undefined || (message.headers['content-length'] ?? '0') !== '0';
}

/** Reads the whole body. Rejects with Kubernetes' 413 once there is more than one may have, with 429 when bodies hold too much together, and with an AbortError when the client goes away. */
export function readBody(message: IncomingMessage, body: ArrivingBody): Promise<void> {
  const announced = Number(message.headers['content-length']);
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      const fault = body.add(chunk, chunk.length === announced);
      if (fault !== undefined) { message.removeAllListeners('data'); message.resume(); reject(bodyRefusal(fault)); }
    });
    message.on('end', () => resolve());
    message.on('error', reject);
    message.on('close', () => { if (!message.complete) reject(new DOMException('The client went away', 'AbortError')); }); // the trace of an error costs more than reading
  });
}

export function bodyRefusal(fault: BodyFault): StatusError {
  if (fault === 'tooLarge') return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${REQUEST_BYTES_MAX}` });
  return new StatusError({ code: 429, reason: 'TooManyRequests', message: 'Too many requests, please try again later.', details: { retryAfterSeconds: 1 } });
}

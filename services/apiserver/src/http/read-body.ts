import type { IncomingMessage } from 'node:http';
import { StatusError } from '@kubernode/apimachinery';

/** Bodies up to 3 MiB: what etcd takes, doubled, as in Kubernetes. */
export const REQUEST_BYTES_MAX: number = 3 * 1024 * 1024;

export const NO_BODY: Buffer = Buffer.alloc(0);

/** Whether a message announces a body; those of GETs hardly ever do, and are then answered without waiting for the end of the stream. */
export function hasBody(message: IncomingMessage): boolean {
  return message.headers['transfer-encoding'] !== undefined || (message.headers['content-length'] ?? '0') !== '0';
}

/** The whole body. Rejects with Kubernetes' 413 once there is more than the limit, and with an AbortError when the client goes away. */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > REQUEST_BYTES_MAX) { message.removeAllListeners('data'); message.resume(); reject(tooLarge()); return; }
      chunks.push(chunk);
    });
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks))); // length 1
    message.on('error', reject);
    message.on('close', () => { if (!message.complete) reject(new DOMException('The client went away', 'AbortError')); }); // the trace of an error costs more than reading
  });
}

export function tooLarge(): StatusError {
  return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${REQUEST_BYTES_MAX}` });
}

import type { IncomingMessage } from 'node:http';
import { badRequest, internalError, StatusError } from '@kubernode/apimachinery';
import { faultByCode } from '../../webhook-client/answer-fault.ts';

/** Of an error's text. */
const TEXT_BYTES_MAX = 50_000;

/** Rejects with what a node agent says of a log that it does not give. */
export async function checkLogAnswer(answer: IncomingMessage, pod: string): Promise<void> {
  const status = answer.statusCode ?? 502;
  if (status >= 200 && status <= 206) return;
  throw logFault(status, await textOf(answer), pod);
}

/** Pure. */
export function logFault(status: number, text: string, pod: string): StatusError {
  if (status === 500) return internalError(text);
  if (status === 400) return badRequest(text);
  const { code, reason, message } = faultByCode(status, text);
  return new StatusError({ code, reason, message: `${message} ( pods/log ${pod})`, details: { name: pod, kind: 'pods/log' } });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) { // no encoding is set, so these are buffers
    chunks.push(chunk);
    length += chunk.length;
    if (length >= TEXT_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, TEXT_BYTES_MAX).toString('utf8');
}

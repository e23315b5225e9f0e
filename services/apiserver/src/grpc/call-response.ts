import type { CallResponse } from '@kubernode/rpc';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, StreamSink } from '../pipeline/api-request.ts';
import { errorAnswer } from '../pipeline/status-answer.ts';

const WARNING = /299 - "((?:[^"\\]|\\.)*)"/g;
const NOWHERE: StreamSink = { write: () => true, drained: async () => undefined };

/** An answer as the Call method gives it: whole. Watches are refused, since they are asked for by another method. */
export async function callResponse(answer: Answer): Promise<CallResponse> {
  if (answer.kind === 'stream') await answer.write(NOWHERE, AbortSignal.abort()); // so that it gives back what it holds
  const given = answer.kind === 'buffered' ? answer : errorAnswer(new Error('a watch is asked for by Watch'));
  return {
    status: given.status, contentType: given.contentType, body: answerBody(given),
    warnings: [...(given.headers?.['Warning'] ?? '').matchAll(WARNING)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')),
    retryAfterSeconds: Number(given.headers?.['Retry-After'] ?? 0),
  };
}

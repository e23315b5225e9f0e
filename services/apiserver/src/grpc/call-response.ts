import type { CallResponse } from '@kubernode/rpc';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, BufferedAnswer, StreamAnswer, StreamSink } from '../pipeline/api-request.ts';
import { errorAnswer } from '../pipeline/status-answer.ts';

const WARNING = /299 - "((?:[^"\\]|\\.)*)"/g;
const NOWHERE: StreamSink = { write: () => true, drained: async () => undefined };

/** What other servers answer is collected up to this size. */
const COLLECTED_BYTES_MAX = 16 * 1024 * 1024;

/** An answer as the Call method gives it: whole. Watches are refused, since they are asked for by another method. */
export async function callResponse(answer: Answer): Promise<CallResponse> {
  if (answer.kind === 'stream' && answer.finite === true) return callResponse(await collected(answer));
  if (answer.kind === 'stream') await answer.write(NOWHERE, AbortSignal.abort()); // so that it gives back what it holds
  const given = answer.kind === 'buffered' ? answer : errorAnswer(new Error('a watch is asked for by Watch'));
  return {
    status: given.status, contentType: given.contentType, body: answerBody(given),
    warnings: [...(given.headers?.['Warning'] ?? '').matchAll(WARNING)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')),
    retryAfterSeconds: Number(given.headers?.['Retry-After'] ?? 0), auditId: given.headers?.['Audit-Id'] ?? '',
  };
}

async function collected({ status, contentType, headers, write }: StreamAnswer): Promise<BufferedAnswer> {
  const body: Buffer[] = [];
  let bytes = 0;
  const tooLong = new AbortController();
  const sink: StreamSink = {
    write(pieces) {
      for (const piece of pieces) bytes += piece.length;
      if (bytes > COLLECTED_BYTES_MAX) tooLong.abort();
      else body.push(...pieces);
      return true;
    },
    drained: async () => undefined,
  };
  await write(sink, tooLong.signal);
  if (tooLong.signal.aborted) return errorAnswer(new Error(`the answer is longer than ${COLLECTED_BYTES_MAX} bytes`));
  return { kind: 'buffered', status, contentType, body, ...(headers && { headers }) };
}

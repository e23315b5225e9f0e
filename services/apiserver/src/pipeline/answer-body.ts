import type { BufferedAnswer } from './api-request.ts';

/** The whole body of an answer as one piece, for doors and callers that cannot send several. */
export function answerBody({ body }: Pick<BufferedAnswer, 'body'>): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.concat(body);
}

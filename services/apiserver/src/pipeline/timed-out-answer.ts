import type { BufferedAnswer } from './api-request.ts';
import { TEXT_TYPE } from './status-answer.ts';

/** As Kubernetes writes it past its own encoders: a Status without kind, in no declared encoding. */
export const TIMED_OUT_ANSWER: BufferedAnswer = {
  kind: 'buffered', status: 504, contentType: TEXT_TYPE,
  body: Buffer.from(`${JSON.stringify({ metadata: {}, status: 'Failure', message: 'Timeout: request did not complete within the allotted timeout', reason: 'Timeout', details: {}, code: 504 })}\n`),
};

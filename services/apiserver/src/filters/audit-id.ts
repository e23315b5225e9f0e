import type { Rng } from '@kubernode/base';
import { newUid } from '@kubernode/apimachinery';
import type { Answer } from '../pipeline/api-request.ts';
import type { Step } from './steps.ts';

/** Every answer carries the id under which the request stands in logs and audit; a client's own is taken over. */
export function auditId({ rng }: { rng: Rng }): Step {
  const nextId = idSource(rng);
  return {
    before({ headers: { 'audit-id': given } }, context) {
      context.auditId = given !== undefined && given !== '' ? given : nextId();
      if (context.course !== undefined) context.course.auditId = context.auditId;
      return undefined;
    },
    after: (answer, _request, { auditId: id = '', answerHeaders }) => withHeaders(answer, { 'Audit-Id': id, ...answerHeaders }),
  };
}

const POOL_BYTES = 4096;
const ID_BYTES = 16;

/** Uids from a pool: asking the system for chance costs more than the rest of a small request. */
function idSource(rng: Rng): () => string {
  let pool = rng.bytes(0);
  let used = 0;
  const bytes = (count: number): Uint8Array => {
    if (used + count > pool.length) { pool = rng.bytes(POOL_BYTES); used = 0; }
    used += count;
    return pool.subarray(used - count, used);
  };
  return () => newUid({ next: () => rng.next(), bytes: () => bytes(ID_BYTES) });
}

/** The answer with more headers; its own win, and upgrades write their own. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  if (answer.kind === 'upgrade') return answer;
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

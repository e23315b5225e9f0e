import type { Rng } from '@kubernode/base';
import { newUid } from '@kubernode/apimachinery';
import type { Answer, Filter } from '../pipeline/api-request.ts';

/** Every answer carries the id under which the request stands in logs and audit; a client's own is taken over. */
export function withAuditId({ rng }: { rng: Rng }): Filter {
  const nextId = idSource(rng);
  return (next) => async (request, context) => {
    const given = request.headers['audit-id'];
    const id = given !== undefined && given !== '' ? given : nextId();
    context.auditId = id;
    return withHeaders(await next(request, context), { 'Audit-Id': id, ...context.answerHeaders });
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

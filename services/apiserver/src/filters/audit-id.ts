import type { Rng } from '@kubernode/base';
import { newUid } from '@kubernode/apimachinery';
import type { Answer, Filter } from '../pipeline/api-request.ts';

/** Longest id that a client may bring along. */
const AUDIT_ID_LENGTH_MAX = 64;

/** Every answer carries the id under which the request stands in logs and audit; a client's own is taken over. */
export function withAuditId({ rng }: { rng: Rng }): Filter {
  return (next) => async (request, context) => {
    const given = request.headers['audit-id'];
    const id = given !== undefined && given !== '' && given.length <= AUDIT_ID_LENGTH_MAX ? given : newUid(rng);
    return withHeader(await next(request, context), 'Audit-Id', id);
  };
}

/** The answer with one more header; upgrades write their own. */
export function withHeader(answer: Answer, name: string, value: string): Answer {
  if (answer.kind === 'upgrade') return answer;
  return { ...answer, headers: { [name]: value, ...answer.headers } };
}

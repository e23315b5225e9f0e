import { isConflict, StatusError } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { isAbortError, type Clock } from '@kubernode/base';
import { TransportError, type Client } from '@kubernode/client';

type Quota = Readonly<coreV1.ResourceQuota>;

/** `conflict`: somebody else was first, and nothing was written. `unknown`: it may have been written, and will not be any more. */
export type Written = coreV1.ResourceQuota | 'conflict' | 'unknown';

const ATTEMPTS_MAX = 5;
const AGAIN_AFTER_MS = 20;

/**
 * Writes a status if the quota is still as given. When it is not known what became of it, the very same is asked for again: if that is done,
 * the first was not; if it is too late, nobody can say. Rejects when it was refused, or the signal was aborted.
 */
export async function writeStatus(client: Client, quota: Quota, status: coreV1.ResourceQuotaStatus, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<Written> {
  for (let attempt = 1; ; attempt++) {
    try { return await client.update(coreV1Resources.resourcequotas, { ...quota, status }, { subresource: 'status', once: true, signal }); } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      if (isConflict(error)) return attempt === 1 ? 'conflict' : 'unknown';
      if (attempt === 1 && !mayHaveActed(error)) throw error;
      if (attempt === ATTEMPTS_MAX) return 'unknown';
    }
    await clock.sleep(AGAIN_AFTER_MS * attempt, { signal });
  }
}

function mayHaveActed(error: unknown): boolean {
  if (error instanceof TransportError) return error.maybeSent;
  return !(error instanceof StatusError) || error.code >= 500;
}

import { assert, errorMessage, type Clock } from '@kubernode/base';
import { waitUntil } from '@kubernode/component-base';

export interface AcceptLimits { timeoutMs: number; clock: Clock; signal: AbortSignal }

const POLL_MS = 250;

/** What a change of members answers once etcd does not find it too early any more; rejects with that refusal when the time is over, and with any other at once. */
export async function untilAccepted<T>(call: () => Promise<T>, isEarly: (error: unknown) => boolean, { timeoutMs, clock, signal }: AcceptLimits): Promise<T> {
  let accepted: { answer: T } | undefined;
  await waitUntil(async () => {
    try { accepted = { answer: await call() }; } catch (error) {
      if (!isEarly(error)) throw error;
      return `etcd is not ready for it: ${errorMessage(error)}`;
    }
    return undefined;
  }, { limitMs: timeoutMs, pollMs: POLL_MS, clock, signal });
  assert(accepted !== undefined, 'it ends by an answer or throws');
  return accepted.answer;
}

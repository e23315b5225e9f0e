import type { Clock } from '@kubernode/base';
import { UserError } from './options.ts';

export interface WaitLimits { limitMs: number; pollMs: number; clock: Pick<Clock, 'monotonicNow' | 'sleep'>; signal: AbortSignal }

/**
 * Looks again and again until `look` has nothing left to say. It says what is still missing, as a sentence for the user: UserError with the last one
 * when the time is over. What it throws is not waited for.
 */
export async function waitUntil(look: () => Promise<string | undefined>, { limitMs, pollMs, clock, signal }: WaitLimits): Promise<void> {
  const deadlineMs = clock.monotonicNow() + limitMs;
  for (;;) {
    const missing = await look();
    if (missing === undefined) return;
    signal.throwIfAborted();
    if (clock.monotonicNow() > deadlineMs) throw new UserError(missing);
    await clock.sleep(pollMs, { signal });
  }
}

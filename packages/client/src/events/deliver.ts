import { StatusError } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';

export interface DeliveryOptions {
  clock: Clock;
  logger: Logger;
  /** Spreads the first retry of many programs that lost the same server; keeps names of one millisecond apart. */
  rng: Rng;
}

const TRIES_MAX = 12;
const RETRY_DELAY_MS = 10_000;

/** Writes an event. A server that cannot be reached is waited for, and everything behind this event with it; what is refused is dropped. */
export async function deliver(reason: string, write: () => Promise<void>, { clock, logger, rng }: DeliveryOptions, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    try {
      await write();
      return;
    } catch (error) {
      if (isAbortError(error) || error instanceof StatusError) {
        logger.debug('event refused', { reason, error: errorMessage(error) });
        return;
      }
      if (signal.aborted) return;
      await clock.sleep(RETRY_DELAY_MS * (attempt === 1 ? rng.next() : 1), { signal }).catch(() => undefined); // aborted: the next attempt is the last
    }
  }
  logger.warn('event dropped: no server took it', { reason });
}

import { errorMessage, isAbortError, onAbort, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Client, Fence } from '../client.ts';

export interface LeaseHolderOptions { client: Client; hold: Fence; clock: Clock; logger: Logger }

/** Servers release the lease of a holder that is gone for a second; it has stopped acting before, ms. */
const GIVE_UP_AFTER_MS = 800;
const RETRY_MS = 50;

/**
 * Keeps a leader's stream to the API servers open. While `fence` gives a value, the leader's writes carry it and can only happen while
 * nobody else leads. `run` returns when the lead is lost: the stream was gone for too long, or the servers said so.
 */
export class LeaseHolder {
  readonly #options: LeaseHolderOptions;
  #held = false;
  #onFirst: (() => void) | undefined;

  constructor(options: LeaseHolderOptions) { this.#options = options; }

  get fence(): Fence | undefined { return this.#held ? this.#options.hold : undefined; }

  /** Resolves once the servers hold the lease, or when `signal` aborts. */
  async held(signal: AbortSignal): Promise<void> {
    if (this.#held) return;
    let settle = (): void => undefined;
    const first = new Promise<void>((resolve) => { settle = resolve; });
    this.#onFirst = settle;
    using _link = onAbort(signal, settle);
    await first;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, hold, clock, logger } = this.#options;
    let refused = false;
    let lastHeldMs = clock.monotonicNow();
    while (!signal.aborted && !refused && clock.monotonicNow() - lastHeldMs < GIVE_UP_AFTER_MS) {
      try {
        await client.holdLease?.(hold, {
          signal,
          onHeld: (held) => {
            refused = !held;
            if (!held) return;
            lastHeldMs = clock.monotonicNow();
            this.#held = true;
            this.#onFirst?.();
          },
        });
      } catch (error) {
        if (isAbortError(error)) break;
        logger.debug('the stream that holds the lease broke', { lease: hold.lease, error: errorMessage(error) });
        await clock.sleep(RETRY_MS, { signal }).catch(() => undefined); // aborted: the loop's condition sees it
      }
    }
    this.#held = false;
    if (!signal.aborted) logger.warn('the lease is no longer held', { lease: hold.lease, refused });
  }
}

import { afterSilence, errorMessage, isAbortError, linkSignals, onAbort, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Client, Fence } from '../client.ts';

export interface LeaseHolderOptions { client: Client; hold: Fence; clock: Clock; logger: Logger }

/** Servers release the lease of a holder whose stream broke a second ago; it has stopped acting before, ms. */
const GIVE_UP_AFTER_MS = 800;
/** Before the servers hold it at all, the Lease alone keeps others away: for longer than this. */
const FIRST_ANSWER_MS = 5000;
const RETRY_MS = 50;

/** What the last answer of a stream said, when it is over. */
type Outcome = 'held' | 'refused' | 'unanswered';

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
    const { hold, clock, logger } = this.#options;
    let outcome: Outcome = 'held';
    let giveUpMs = clock.monotonicNow() + FIRST_ANSWER_MS;
    while (!signal.aborted && clock.monotonicNow() < giveUpMs) {
      outcome = await this.#holdOnce(giveUpMs - clock.monotonicNow(), signal);
      if (outcome === 'refused') break;
      if (outcome === 'held') giveUpMs = clock.monotonicNow() + GIVE_UP_AFTER_MS; // its stream broke just now, and servers count from then as well
      await clock.sleep(RETRY_MS, { signal }).catch(() => undefined); // aborted: the loop's condition sees it
    }
    this.#held = false;
    if (!signal.aborted) logger.warn('the lease is no longer held', { lease: hold.lease, refused: outcome === 'refused' });
  }

  /** One stream for as long as it lasts; its first answer must come within `ms`. Never rejects. */
  async #holdOnce(ms: number, signal: AbortSignal): Promise<Outcome> {
    const { client, hold, clock, logger } = this.#options;
    using stream = linkSignals(signal);
    let outcome = 'unanswered' as Outcome; // until it is told below
    using patience = afterSilence(clock, ms, () => stream.abort());
    const onHeld = (held: boolean): void => {
      patience[Symbol.dispose]();
      outcome = held ? 'held' : 'refused';
      if (!held) return;
      this.#held = true;
      this.#onFirst?.();
    };
    try { await client.holdLease?.(hold, { signal: stream.signal, onHeld }); } catch (error) {
      if (!isAbortError(error)) logger.debug('the stream that holds the lease broke', { lease: hold.lease, error: errorMessage(error) });
    }
    return outcome;
  }
}

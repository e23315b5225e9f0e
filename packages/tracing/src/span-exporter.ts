import { errorMessage, isAbortError, timeLimit, WakeUp, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { FinishedSpan, SpanSink } from './tracer.ts';

export interface SpanExporterOptions {
  clock: Clock;
  logger: Logger;
  /** Hands a batch to the collector; rejects when it was not taken. */
  send(spans: readonly FinishedSpan[], signal: AbortSignal): Promise<void>;
}

/** Spans that wait at most; of a collector that is slow or away, what comes beyond is dropped. */
export const WAITING_MAX = 2_048;
const BATCH_MAX = 512;
/** How long a span waits for company. */
const LINGER_MS = 5_000;
const SEND_TIMEOUT_MS = 10_000;
/** What is left when the process ends goes out within this time or not at all. */
const LAST_SEND_MS = 1_000;

/** The way of spans to the collector: they wait here, go out in batches, one at a time, and are never waited for. */
export class SpanExporter implements SpanSink {
  readonly #options: SpanExporterOptions;
  readonly #wakeUp = new WakeUp();
  #waiting: FinishedSpan[] = [];
  #dropped = 0;
  #isFailing = false;

  constructor(options: SpanExporterOptions) { this.#options = options; }

  /** Spans that found no room, or that the collector did not take. */
  get dropped(): number { return this.#dropped; }

  add(span: FinishedSpan): boolean {
    if (this.#waiting.length >= WAITING_MAX) { this.#dropped++; return false; }
    this.#waiting.push(span);
    if (this.#waiting.length === BATCH_MAX) this.#wakeUp.ring();
    return true;
  }

  /** Sends until aborted, and then what is left. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#wakeUp.heardWithin({ clock, ms: LINGER_MS }, signal);
      while (this.#waiting.length > 0 && !signal.aborted) await this.#sendBatch(SEND_TIMEOUT_MS, signal);
    }
    if (this.#waiting.length > 0) await this.#sendBatch(LAST_SEND_MS);
  }

  async #sendBatch(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { clock, logger, send } = this.#options;
    const batch = this.#waiting.slice(0, BATCH_MAX);
    this.#waiting = this.#waiting.slice(BATCH_MAX);
    using limit = timeLimit({ clock, ms: timeoutMs }, signal);
    try {
      await send(batch, limit.signal);
      if (this.#isFailing) logger.info('the collector takes traces again', { dropped: this.#dropped });
      this.#isFailing = false;
    } catch (error) {
      this.#dropped += batch.length;
      if (!this.#isFailing && signal?.aborted !== true) logger.warn('the collector does not take traces', { error: isAbortError(error) ? 'no answer in time' : errorMessage(error) });
      this.#isFailing = true;
    }
  }
}

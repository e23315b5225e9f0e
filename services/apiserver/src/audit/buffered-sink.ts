import { Deque, isAbortError, Semaphore, timeLimit, type Clock } from '@kubernode/base';
import type { AuditEvent } from './audit-event.ts';
import type { AuditSink, ReportLoss } from './audit-sink.ts';

export interface BatchConfig {
  /** Events that may wait; what comes beyond is lost. */
  bufferSize: number;
  maxBatchSize: number;
  /** A batch that does not fill up is sent after this time. */
  maxBatchWaitMs: number;
  /** Batches a second, and how many may go at once after a pause; undefined: no limit. */
  throttle: { qps: number; burst: number } | undefined;
}

/** Batches on their way at once; the next waits for one of them, and events wait in the buffer meanwhile. */
const BATCHES_IN_FLIGHT_MAX = 32;

/** Mode `batch`: requests leave their events in a bounded buffer and wait for nothing. */
export class BufferedSink implements AuditSink {
  readonly #sink: AuditSink;
  readonly #config: BatchConfig;
  readonly #clock: Clock;
  readonly #reportLoss: ReportLoss;
  readonly #buffer = new Deque<AuditEvent>();
  readonly #inFlight = new Semaphore(BATCHES_IN_FLIGHT_MAX);
  readonly #throttle: Throttle | undefined;
  /** Called when there may be enough for a batch. */
  #wake: () => void = () => undefined;
  #closed = false;

  constructor({ sink, config, clock, reportLoss }: { sink: AuditSink; config: BatchConfig; clock: Clock; reportLoss: ReportLoss }) {
    this.#sink = sink;
    this.#config = config;
    this.#clock = clock;
    this.#reportLoss = reportLoss;
    this.#throttle = config.throttle && new Throttle(config.throttle, clock);
  }

  process(events: readonly AuditEvent[]): boolean {
    for (const [index, event] of events.entries()) {
      const why = this.#closed ? 'audit backend shut down' : this.#buffer.length >= this.#config.bufferSize ? 'audit buffer queue blocked' : undefined;
      if (why !== undefined) { this.#reportLoss('buffered', why, events.slice(index)); break; }
      this.#buffer.push(event);
    }
    this.#wake();
    return true;
  }

  /** Sends batches until the signal is aborted, then what is left, unthrottled. */
  async run(signal: AbortSignal): Promise<void> {
    const sending = new Set<Promise<unknown>>();
    const background = this.#sink.run?.(signal);
    while (!signal.aborted) {
      await this.#batchIsDue(signal);
      while (this.#buffer.length > 0) {
        if (!signal.aborted) await this.#throttle?.wait(signal);
        const batch = this.#take();
        const sent = this.#inFlight.run(async () => this.#sink.process(batch));
        sending.add(sent);
        void sent.finally(() => { sending.delete(sent); }); // sinks never reject
        if (sending.size >= BATCHES_IN_FLIGHT_MAX) await Promise.race(sending);
      }
    }
    this.#closed = true;
    await Promise.all([...sending, background]);
  }

  #take(): AuditEvent[] {
    const batch: AuditEvent[] = [];
    for (let event = this.#buffer.shift(); event !== undefined; event = batch.length < this.#config.maxBatchSize ? this.#buffer.shift() : undefined) batch.push(event);
    return batch;
  }

  /** Resolves when a batch is full, when the first event in it has waited long enough, or when there will be no more. */
  async #batchIsDue(signal: AbortSignal): Promise<void> {
    await this.#until(() => this.#buffer.length > 0, signal);
    const { maxBatchSize, maxBatchWaitMs } = this.#config;
    if (maxBatchSize <= 1 || maxBatchWaitMs <= 0 || signal.aborted) return;
    using limit = timeLimit({ clock: this.#clock, ms: maxBatchWaitMs }, signal);
    await this.#until(() => this.#buffer.length >= maxBatchSize, limit.signal);
  }

  #until(isMet: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isMet() && !signal.aborted) return;
        this.#wake = () => undefined;
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#wake = look;
      signal.addEventListener('abort', look);
      look();
    });
  }
}

/** A token bucket. */
class Throttle {
  readonly #qps: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #countedAt: number;

  constructor({ qps, burst }: { qps: number; burst: number }, clock: Clock) {
    this.#qps = qps;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#countedAt = clock.monotonicNow();
  }

  /** Takes a token, waiting for it; not after an abort. */
  async wait(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonicNow();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#countedAt) / 1000) * this.#qps);
    this.#countedAt = now;
    this.#tokens -= 1;
    if (this.#tokens >= 0) return;
    try { await this.#clock.sleep((-this.#tokens / this.#qps) * 1000, { signal }); } catch (error) { if (!isAbortError(error)) throw error; }
  }
}

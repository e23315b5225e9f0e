import { abortError, onAbort, type Clock } from '@kubernode/base';
import { Lanes, type Lane } from './lanes.ts';
import { RetryLimiter, type RetryLimits } from './retry-limiter.ts';
import type { WorkQueueMetrics } from './work-queue-metrics.ts';

export interface WorkQueueOptions extends RetryLimits {
  /** Label of the metrics. */
  name: string;
  clock: Clock;
  metrics?: WorkQueueMetrics | undefined;
}

/**
 * Keys to work on, each at most once in the queue and never with two workers: a key that is added while someone works on it comes
 * again once that is done. As many keys as there are objects at most, so it needs no other bound.
 *
 *     add ─▶ dirty ∪ waiting(two lanes) ─get─▶ processing ─done─▶ gone, or waiting again if dirty
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #metrics: WorkQueueMetrics | undefined;
  readonly #name: string;
  readonly #limiter: RetryLimiter;
  readonly #waiting = new Lanes();
  readonly #dirty = new Map<string, number>(); // keys that need work, since when; superset of #waiting
  readonly #processing = new Map<string, number>(); // keys that workers hold, since when
  readonly #delayed = new Map<string, { dueMs: number; timer: Disposable }>();
  readonly #takers = new Set<() => void>();

  constructor({ name, clock, metrics, ...limits }: WorkQueueOptions) {
    this.#name = name;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#limiter = new RetryLimiter(clock, limits);
    metrics?.track(name, () => [...this.#processing.values()].map((since) => (clock.monotonicNow() - since) / 1000));
  }

  get length(): number { return this.#waiting.length; }
  /** Whether nothing waits, is delayed, or is worked on. */
  get idle(): boolean { return this.#dirty.size === 0 && this.#processing.size === 0 && this.#delayed.size === 0; }

  add(key: string, lane: Lane = 'normal'): void {
    if (this.#dirty.has(key)) {
      if (lane === 'normal') this.#waiting.raise(key);
      return;
    }
    this.#dirty.set(key, this.#clock.monotonicNow());
    this.#metrics?.adds.inc({ name: this.#name });
    if (!this.#processing.has(key)) this.#enqueue(key, lane);
  }

  /** Adds the key after `ms`; of several delays of a key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) { this.add(key); return; }
    const dueMs = this.#clock.monotonicNow() + ms;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.dueMs <= dueMs) return;
    known?.timer[Symbol.dispose]();
    const timer = this.#clock.after(ms, () => { this.#delayed.delete(key); this.add(key); });
    this.#delayed.set(key, { dueMs, timer });
  }

  /** Adds the key after a failure, later each time until `forget`, at the latest after `maxMs`. */
  addRateLimited(key: string, { maxMs = Infinity }: { maxMs?: number } = {}): void {
    this.#metrics?.retries.inc({ name: this.#name });
    this.addAfter(key, Math.min(this.#limiter.when(key), maxMs));
  }

  /** How often the key failed since it was last forgotten. */
  retries(key: string): number { return this.#limiter.failures(key); }
  forget(key: string): void { this.#limiter.forget(key); }

  /** The next key; the caller owes a `done` for it. Rejects when aborted. */
  async get(signal: AbortSignal): Promise<string> {
    for (;;) {
      if (signal.aborted) throw abortError(signal);
      const key = this.#waiting.shift();
      if (key !== undefined) return this.#take(key);
      await this.#more(signal);
    }
  }

  done(key: string): void {
    const since = this.#processing.get(key);
    this.#processing.delete(key);
    if (since !== undefined) this.#metrics?.workDuration.observe({ name: this.#name }, (this.#clock.monotonicNow() - since) / 1000);
    if (this.#dirty.has(key)) this.#enqueue(key, 'normal');
  }

  /** Drops all that waits, also what is delayed: for a leader that lost the lead. */
  clear(): void {
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#waiting.clear();
    this.#limiter.clear();
  }

  #take(key: string): string {
    const now = this.#clock.monotonicNow();
    this.#metrics?.queueDuration.observe({ name: this.#name }, (now - (this.#dirty.get(key) ?? now)) / 1000);
    this.#dirty.delete(key);
    this.#processing.set(key, now);
    this.#metrics?.depth.set({ name: this.#name }, this.#waiting.length);
    return key;
  }

  #enqueue(key: string, lane: Lane): void {
    this.#waiting.push(key, lane);
    this.#metrics?.depth.set({ name: this.#name }, this.#waiting.length);
    const [taker] = this.#takers;
    taker?.();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const taker = (): void => { this.#takers.delete(taker); link[Symbol.dispose](); resolve(); };
      const link = onAbort(signal, () => { this.#takers.delete(taker); reject(abortError(signal)); });
      this.#takers.add(taker);
    });
  }
}

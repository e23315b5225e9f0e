import type { Clock } from '@kubernode/base';
import { badRequest } from '@kubernode/apimachinery';
import { parseDuration } from '@kubernode/component-base';
import type { Answer, Filter } from '../pipeline/api-request.ts';
import { TIMED_OUT_ANSWER } from '../pipeline/timed-out-answer.ts';
import { durationFault } from './duration-fault.ts';
import { isLongRunning } from './request-info.ts';

/** Deadlines that come this close together are looked at at once. */
const WAKE_MS_MIN = 20;
/** Nothing is answered in less: a request with less time left is not begun. */
const RUN_MS_MIN = 0.05;

interface Waiting { expiresAtMs: number; expire(): void }

/** Ends requests that take too long, counted from their arrival, with 504. Clients may ask for less time (`?timeout=5s`), not for more. One timer for all. */
export class DeadlineFilter {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<Waiting>();
  #timer: Disposable | undefined;
  #wakeAtMs = Infinity;

  constructor({ clock, timeoutMs }: { clock: Clock; timeoutMs: number }) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  readonly filter: Filter = (next) => (request, context) => {
    if (isLongRunning(context.info)) return next(request, context);
    const nowMs = this.#clock.monotonicNow();
    const receivedAtMs = nowMs - Math.max(0, this.#clock.now() - request.receivedAt);
    const deadline = { receivedAtMs, expiresAtMs: receivedAtMs + this.#timeoutOf(request.query.get('timeout')) };
    context.deadline = deadline;
    const timedOut = (): Answer => { context.terminated = true; request.abort?.(); return TIMED_OUT_ANSWER; };
    return deadline.expiresAtMs - nowMs < RUN_MS_MIN ? Promise.resolve(timedOut()) : this.#limit(next(request, context), deadline.expiresAtMs, timedOut);
  };

  #timeoutOf(asked: string | null): number {
    if (asked === null || asked === '') return this.#timeoutMs;
    const ms = parseDuration(asked);
    if (ms === undefined) throw badRequest(`invalid timeout specified in the request URL - ${durationFault(asked)}`);
    return ms > 0 && ms < this.#timeoutMs ? ms : this.#timeoutMs;
  }

  #limit(running: Promise<Answer>, expiresAtMs: number, timedOut: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = { expiresAtMs, expire: () => { resolve(timedOut()); } };
      this.#waiting.add(entry);
      this.#wakeAt(expiresAtMs);
      running.then((answer) => { this.#waiting.delete(entry); if (this.#clock.monotonicNow() < expiresAtMs) resolve(answer); else entry.expire(); }, (error: unknown) => { this.#waiting.delete(entry); reject(error as Error); }); // what handlers throw is passed on as it is
    });
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#wakeAtMs = atMs;
    this.#timer = this.#clock.after(Math.max(WAKE_MS_MIN, atMs - this.#clock.monotonicNow()), () => { this.#wake(); });
  }

  #wake(): void {
    const nowMs = this.#clock.monotonicNow();
    let nextMs = Infinity;
    this.#wakeAtMs = Infinity;
    for (const entry of this.#waiting) {
      if (entry.expiresAtMs > nowMs) { nextMs = Math.min(nextMs, entry.expiresAtMs); continue; }
      this.#waiting.delete(entry);
      entry.expire();
    }
    if (nextMs < Infinity) this.#wakeAt(nextMs);
  }
}

import type { Clock } from '@kubernode/base';
import { badRequest, timeout } from '@kubernode/apimachinery';
import { parseDuration } from '@kubernode/component-base';
import type { Answer, Filter } from '../pipeline/api-request.ts';
import { isLongRunning } from './request-info.ts';

/** Deadlines are looked at this often: one timer for all requests. */
const SWEEP_INTERVAL_MS = 250;

interface Waiting { deadline: number; reject: (error: Error) => void }

/** Ends requests that take too long with 504. Clients may ask for less time (`?timeout=5s`), not for more. */
export class DeadlineFilter {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<Waiting>();
  #sweeping = false;

  constructor({ clock, timeoutMs }: { clock: Clock; timeoutMs: number }) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  readonly filter: Filter = (next) => (request, context) => {
    if (isLongRunning(context.info)) return next(request, context);
    const asked = request.query.get('timeout');
    const timeoutMs = asked === null || asked === '' ? this.#timeoutMs : this.#askedFor(asked);
    return this.#limit(next(request, context), timeoutMs);
  };

  #askedFor(text: string): number {
    const ms = parseDuration(text);
    if (ms === undefined) throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
    return ms <= 0 ? this.#timeoutMs : Math.min(ms, this.#timeoutMs);
  }

  #limit(running: Promise<Answer>, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = { deadline: this.#clock.monotonicNow() + timeoutMs, reject };
      this.#waiting.add(entry);
      this.#sweepLater();
      running.then((answer) => { this.#waiting.delete(entry); resolve(answer); }, (error: Error) => { this.#waiting.delete(entry); reject(error); });
    });
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#clock.after(SWEEP_INTERVAL_MS, () => {
      this.#sweeping = false;
      const now = this.#clock.monotonicNow();
      for (const entry of this.#waiting) {
        if (entry.deadline <= now) { this.#waiting.delete(entry); entry.reject(timeout('request did not complete within the allotted timeout', 0)); }
      }
      if (this.#waiting.size > 0) this.#sweepLater();
    });
  }
}

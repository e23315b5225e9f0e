import type { Clock } from '@kubernode/base';
import { spread } from './spread.ts';

/** `serving` → `shuttingDown` (not ready any more, but serves) → `draining` (takes nothing new, ends what runs). */
export type Phase = 'serving' | 'shuttingDown' | 'draining';

/** So many watches are ended in a second at least. */
const WATCHES_PER_SECOND_MIN = 50;

/** How far the server is on its way to its end, and the watches that have to be ended on that way. */
export class ServerLifecycle {
  readonly #watches = new Set<() => void>();
  #phase: Phase = 'serving';
  #drainingSince = Infinity;

  get phase(): Phase { return this.#phase; }
  get watches(): number { return this.#watches.size; }

  beginShutdown(): void { if (this.#phase === 'serving') this.#phase = 'shuttingDown'; }

  /** `now` in ms since 1970. */
  beginDraining(now: number): void {
    this.#phase = 'draining';
    this.#drainingSince = now;
  }

  /** Whether a request began to arrive when nothing new was taken any more. */
  isTooLate(receivedAt: number): boolean { return receivedAt > this.#drainingSince; }

  /** `end` is called when the server wants the watch to end; disposing says that it is over. */
  watchBegan(end: () => void): Disposable {
    this.#watches.add(end);
    return { [Symbol.dispose]: () => { this.#watches.delete(end); } };
  }

  /** Ends all watches, spread over `graceMs` so that their clients do not all come to the other replicas at once; at once for 0. */
  async endWatches(clock: Clock, graceMs: number): Promise<void> {
    await spread([...this.#watches], (end) => end(), { overMs: graceMs, perSecondMin: WATCHES_PER_SECOND_MIN, clock });
  }
}

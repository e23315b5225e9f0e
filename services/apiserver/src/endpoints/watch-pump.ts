import type { StreamSink } from '../pipeline/api-request.ts';
import type { SharedTurn, Turn } from './shared-turn.ts';

/** `slow`: it went out, but the client has to read before there can be more. */
export type Sent = 'more' | 'slow' | 'nothing';

export interface WatchPumpOptions {
  turn: SharedTurn;
  sink: StreamSink;
  signal: AbortSignal;
  /** Sends what is to be sent next; what it throws ends the watch. */
  sendNext: () => Sent;
}

/**
 * Moves events from the history to one client: all there are when it is woken, unless the client is slow, which is then waited for.
 * Awaits nothing otherwise, since a promise for each wake would cost more than the events.
 *
 *     idle --wake--> due --turn--> sending --nothing left--> idle
 *                                     \--slow--> parked --drained--> sending
 */
export class WatchPump implements Turn {
  isDue = false;
  readonly #options: WatchPumpOptions;
  #isParked = false;
  #isOver = false;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(options: WatchPumpOptions) { this.#options = options; }

  /** Begins; resolves when `end` is called, rejects with what sending throws. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#isOver) resolve(); else this.run();
    });
  }

  /** There may be something to send. */
  wake(): void {
    if (!this.#isParked && !this.#isOver) this.#options.turn.take(this);
  }

  end(): void {
    this.#isOver = true;
    this.#settle?.resolve();
  }

  run(): void {
    if (this.#isParked) return;
    try {
      while (!this.#isOver) {
        const sent = this.#options.sendNext();
        if (sent === 'nothing') return;
        if (sent === 'slow') { this.#park(); return; }
      }
    } catch (error) { this.#fail(error); }
  }

  #park(): void {
    const { sink, signal } = this.#options;
    this.#isParked = true;
    sink.drained(signal).then(() => { this.#isParked = false; this.run(); }, (error: unknown) => { this.#fail(error); });
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#settle?.reject(error);
  }
}

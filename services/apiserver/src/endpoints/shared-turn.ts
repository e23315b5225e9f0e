import { afterArrivals } from '@kubernode/base';

/** Something that is to be done soon, once however often it was asked for. `run` must not throw. */
export interface Turn { isDue: boolean; run(): void }

/**
 * Runs what became due while the process handled arrivals, at one go behind them. etcd tells of each write by a message of its own: a
 * watch that took its turn with each of them would send a frame an event where one for all will do.
 */
export class SharedTurn {
  #due: Turn[] = [];

  take(turn: Turn): void {
    if (turn.isDue) return;
    turn.isDue = true;
    if (this.#due.push(turn) === 1) afterArrivals(() => { this.#run(); });
  }

  #run(): void {
    const due = this.#due;
    this.#due = [];
    for (const turn of due) {
      turn.isDue = false;
      turn.run();
    }
  }
}

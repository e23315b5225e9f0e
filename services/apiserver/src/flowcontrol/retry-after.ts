const RETRY_AFTER_SECONDS_MAX = 32;

interface Second { at: number; refused: number }

/**
 * How long refused clients are asked to stay away. Doubles while a level refuses much (three requests a second of the current wait),
 * and shrinks by a second when it refuses little.
 */
export class RetryAfter {
  #seconds = 1;
  #raisedAt = 0;
  #current: Second = { at: 0, refused: 0 };
  #history: Second[] = [];

  get seconds(): number { return this.#seconds; }

  /** A request was refused; `now` in ms since 1970. */
  refused(nowMs: number): void {
    const at = Math.floor(nowMs / 1000);
    if (at === this.#current.at) { this.#current.refused++; return; }
    const keptSeconds = Math.min(2 * this.#seconds, RETRY_AFTER_SECONDS_MAX);
    const closed = this.#current;
    this.#history = [...this.#history, closed].filter((one) => closed.at - one.at <= keptSeconds);
    this.#current = { at, refused: 1 };
    this.#adjust(at);
  }

  #adjust(at: number): void {
    const refused = this.#history.filter((one) => one.at < at && at - one.at <= this.#seconds).reduce((sum, one) => sum + one.refused, 0);
    if (at - this.#raisedAt >= this.#seconds && refused >= 3 * this.#seconds) {
      this.#seconds = Math.min(2 * this.#seconds, RETRY_AFTER_SECONDS_MAX);
      this.#raisedAt = at;
    } else if (refused < this.#seconds && this.#seconds > 1) {
      this.#seconds--;
    }
  }
}

export interface Demand { seconds: number; average: number; deviation: number; highWatermark: number }

/** Averages a value over the time it had it: how many seats a level could have used since it was last asked. */
export class DemandIntegrator {
  #since: number;
  #value = 0;
  #seconds = 0;
  #integral = 0;
  #squares = 0;
  #max = 0;

  constructor(nowMs: number) { this.#since = nowMs; }

  set(nowMs: number, value: number): void {
    this.#catchUp(nowMs);
    this.#value = value;
    if (value > this.#max) this.#max = value;
  }

  /** What was since the last call. */
  take(nowMs: number): Demand {
    this.#catchUp(nowMs);
    const average = this.#seconds > 0 ? this.#integral / this.#seconds : 0;
    const variance = this.#seconds > 0 ? this.#squares / this.#seconds - average * average : 0;
    const demand = { seconds: this.#seconds, average, deviation: Math.sqrt(Math.max(0, variance)), highWatermark: Math.round(this.#max) };
    this.#seconds = this.#integral = this.#squares = 0;
    this.#max = this.#value;
    return demand;
  }

  #catchUp(nowMs: number): void {
    const seconds = (nowMs - this.#since) / 1000;
    this.#since = nowMs;
    this.#seconds += seconds;
    this.#integral += this.#value * seconds;
    this.#squares += this.#value * this.#value * seconds;
  }
}

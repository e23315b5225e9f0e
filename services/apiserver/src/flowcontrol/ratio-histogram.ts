const NANOSECONDS_PER_MS = 1e6;

/** How long a value, as a fraction of its limit, was at or below each bound; in nanoseconds, as Kubernetes' timing histograms count. */
export class RatioHistogram {
  readonly bounds: readonly number[];
  /** Not cumulative; the last one is what lies above all bounds. */
  readonly nanoseconds: Float64Array;
  #sum = 0;
  #value = 0;
  #limit = 1;
  #since: number;

  constructor(bounds: readonly number[], nowMs: number) {
    this.bounds = bounds;
    this.nanoseconds = new Float64Array(bounds.length + 1);
    this.#since = nowMs;
  }

  get sum(): number { return this.#sum; }

  set(nowMs: number, value: number): void {
    this.catchUp(nowMs);
    this.#value = value;
  }

  setLimit(nowMs: number, limit: number): void {
    this.catchUp(nowMs);
    this.#limit = limit;
  }

  /** Counts the time since the last change. */
  catchUp(nowMs: number): void {
    const passed = (nowMs - this.#since) * NANOSECONDS_PER_MS;
    this.#since = nowMs;
    if (passed <= 0) return;
    const ratio = this.#value / this.#limit;
    let bucket = 0;
    while (bucket < this.bounds.length && ratio > (this.bounds[bucket] as number)) bucket++; // bucket is an index of bounds
    this.nanoseconds[bucket] = (this.nanoseconds[bucket] as number) + passed; // one longer than bounds
    this.#sum += ratio * passed;
  }
}

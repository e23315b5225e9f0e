/** Counts values by bounds; a plain array because every request is counted several times. */
export class BucketCounts {
  readonly bounds: readonly number[];
  /** Not cumulative; the last one is what lies above all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket++; // bucket is an index of bounds
    this.counts[bucket] = (this.counts[bucket] as number) + 1; // one longer than bounds
    this.sum += value;
  }
}

export type RejectReason = 'concurrency-limit' | 'queue-full' | 'time-out';

export const QUEUE_LENGTH_BOUNDS: readonly number[] = [0, 10, 25, 50, 100, 250, 500, 1000];
export const SECONDS_BOUNDS: readonly number[] = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
export const SEAT_BOUNDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 100];
export const WATCH_BOUNDS: readonly number[] = [0, 1, 10, 100, 1000, 10_000];

/** What the metrics tell of one flow schema in one priority level. */
export class FlowStats {
  dispatched = 0;
  noAccommodation = 0;
  readonly rejected: Record<RejectReason, number> = { 'concurrency-limit': 0, 'queue-full': 0, 'time-out': 0 };
  waitingRequests = 0;
  waitingSeats = 0;
  executingRequests = 0;
  executingSeats = 0;
  readonly queueLengths: BucketCounts = new BucketCounts(QUEUE_LENGTH_BOUNDS);
  readonly waitSeconds: Record<'true' | 'false', BucketCounts> = { true: new BucketCounts(SECONDS_BOUNDS), false: new BucketCounts(SECONDS_BOUNDS) };
  readonly executionSeconds: Record<'regular' | 'watch', BucketCounts> = { regular: new BucketCounts(SECONDS_BOUNDS), watch: new BucketCounts(SECONDS_BOUNDS) };
  readonly estimatedSeats: BucketCounts = new BucketCounts(SEAT_BOUNDS);
  readonly watchCounts: BucketCounts = new BucketCounts(WATCH_BOUNDS);

  get wasUsed(): boolean { return this.estimatedSeats.counts.some((count) => count > 0); }
}

import { DemandIntegrator } from './demand-integrator.ts';
import { RatioHistogram } from './ratio-histogram.ts';

const REQUEST_BOUNDS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1];
const SEAT_BOUNDS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
const DEMAND_BOUNDS = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6];

export interface LevelLoad { requestsWaiting: number; requestsExecuting: number; seatsInUse: number; seatsWaiting: number }

/** How busy a level is over time: for the metrics, and as what borrowing goes by. */
export class LevelGauges {
  readonly demand: DemandIntegrator;
  readonly waiting: RatioHistogram;
  readonly executing: RatioHistogram;
  readonly seats: RatioHistogram;
  readonly demandRatio: RatioHistogram;

  constructor(nowMs: number) {
    this.demand = new DemandIntegrator(nowMs);
    this.waiting = new RatioHistogram(REQUEST_BOUNDS, nowMs);
    this.executing = new RatioHistogram(REQUEST_BOUNDS, nowMs);
    this.seats = new RatioHistogram(SEAT_BOUNDS, nowMs);
    this.demandRatio = new RatioHistogram(DEMAND_BOUNDS, nowMs);
  }

  observe(nowMs: number, { requestsWaiting, requestsExecuting, seatsInUse, seatsWaiting }: LevelLoad): void {
    this.demand.set(nowMs, seatsInUse + seatsWaiting);
    this.waiting.set(nowMs, requestsWaiting);
    this.executing.set(nowMs, requestsExecuting);
    this.seats.set(nowMs, seatsInUse);
    this.demandRatio.set(nowMs, seatsInUse + seatsWaiting);
  }

  /** `seats`: what counts as fully used; `queueCapacity`: how many requests may wait. */
  setLimits(nowMs: number, { seats, queueCapacity }: { seats: number; queueCapacity: number }): void {
    this.waiting.setLimit(nowMs, queueCapacity);
    for (const gauge of [this.executing, this.seats, this.demandRatio]) gauge.setLimit(nowMs, seats);
  }
}

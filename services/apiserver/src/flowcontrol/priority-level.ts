import type { RequestInfo, UserInfo } from '../pipeline/api-request.ts';
import { FlowStats } from './flow-stats.ts';
import type { LevelConfig, LevelLimits } from './level-limits.ts';
import { QueueSet, type Ticket } from './queue-set.ts';
import { RetryAfter } from './retry-after.ts';
import type { Demand } from './demand-integrator.ts';

/** Whose request a ticket is, and how it learns that its turn has come. */
export interface Requester {
  user: UserInfo;
  info: RequestInfo;
  /** When it gives up waiting; monotonic. */
  waitsUntilMs: number;
  settle?(runs: boolean): void;
}

export type FlowTicket = Ticket<Requester>;

/** What is left of a level's smoothed demand after each adjustment: it halves in five minutes. */
const SMOOTHING = 0.977;

/** One priority level: its configuration, its queues and what it wanted lately. */
export class PriorityLevel {
  readonly name: string;
  readonly queues: QueueSet<Requester>;
  readonly retryAfter: RetryAfter = new RetryAfter();
  /** By flow schema. */
  readonly stats: Map<string, FlowStats> = new Map();
  config: LevelConfig;
  limits: LevelLimits = { nominal: 0, min: 0, max: 0 };
  /** Undefined: as many as estimated. */
  requestSeatsMax: number | undefined;
  current = 0;
  target = 0;
  demand: Demand = { seconds: 0, average: 0, deviation: 0, highWatermark: 0 };
  smoothed = 0;
  /** Its object is gone; it stays until its last request is over. */
  quiescing = false;

  constructor(config: LevelConfig, nowMs: number) {
    this.name = config.name;
    this.config = config;
    this.queues = new QueueSet({ nowMs, onDispatch: ({ request: { owner } }) => { owner.settle?.(true); } });
  }

  get isExempt(): boolean { return this.config.queuing.kind === 'exempt'; }

  statsOf(schema: string): FlowStats {
    let stats = this.stats.get(schema);
    if (stats === undefined) { stats = new FlowStats(); this.stats.set(schema, stats); }
    return stats;
  }

  /** Forgets schemas that are gone, so that names do not pile up. */
  keepStatsOf(schemas: ReadonlySet<string>): void {
    for (const [name, { executingRequests, waitingRequests, executingSeats }] of this.stats) {
      if (!schemas.has(name) && executingRequests + waitingRequests + executingSeats === 0) this.stats.delete(name);
    }
  }

  /** Takes in what was wanted since the last time. */
  measure(nowMs: number): void {
    const demand = this.queues.gauges.demand.take(nowMs);
    if (demand.seconds <= 0) { this.demand = { ...this.demand, highWatermark: demand.highWatermark }; return; }
    this.demand = demand;
    const envelope = demand.average + demand.deviation;
    this.smoothed = Math.max(envelope, SMOOTHING * this.smoothed + (1 - SMOOTHING) * envelope);
  }
}

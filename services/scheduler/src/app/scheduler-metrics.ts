import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SchedulingQueue } from '../queue/scheduling-queue.ts';

const LATENCY_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);
const SLI_BUCKETS = Array.from({ length: 20 }, (_, i) => 0.01 * 2 ** i);

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** What kube-scheduler shows, as far as dashboards ask for it. */
export class SchedulerMetrics {
  readonly #attempts: Counter<'result' | 'profile'>;
  readonly #attemptSeconds: Histogram<'result' | 'profile'>;
  readonly #algorithmSeconds: Histogram;
  readonly #podSeconds: Histogram<'attempts'>;

  constructor(registry: Registry, queue: () => SchedulingQueue | undefined) {
    const registers = [registry];
    this.#attempts = new Counter({ name: 'scheduler_schedule_attempts_total', help: 'Number of attempts to schedule pods, by the result.', labelNames: ['result', 'profile'], registers });
    this.#attemptSeconds = new Histogram({ name: 'scheduler_scheduling_attempt_duration_seconds', help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)', labelNames: ['result', 'profile'], buckets: LATENCY_BUCKETS, registers });
    this.#algorithmSeconds = new Histogram({ name: 'scheduler_scheduling_algorithm_duration_seconds', help: 'Scheduling algorithm latency in seconds', buckets: LATENCY_BUCKETS, registers });
    this.#podSeconds = new Histogram({ name: 'scheduler_pod_scheduling_sli_duration_seconds', help: 'E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue.', labelNames: ['attempts'], buckets: SLI_BUCKETS, registers });
    new Gauge({
      name: 'scheduler_pending_pods', help: 'Number of pending pods, by the queue type.', labelNames: ['queue'], registers,
      collect() { for (const [name, count] of Object.entries(queue()?.counts ?? { active: 0, backoff: 0, unschedulable: 0, gated: 0 })) this.set({ queue: name }, count); },
    });
  }

  algorithm(seconds: number): void { this.#algorithmSeconds.observe(seconds); }

  attempt(result: AttemptResult, profile: string, seconds: number): void {
    this.#attempts.inc({ result, profile });
    this.#attemptSeconds.observe({ result, profile }, seconds);
  }

  scheduled(attempts: number, seconds: number): void { this.#podSeconds.observe({ attempts: String(Math.min(attempts, 16)) }, seconds); }
}

import { TallyCounter, TallyHistogram } from '@kubernode/component-base';
import { Gauge, type Registry } from 'prom-client';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { SchedulingQueue } from '../queue/scheduling-queue.ts';

/** 1 ms and 15 doublings of it. */
const LATENCY_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);
const SLI_BUCKETS = Array.from({ length: 20 }, (_, i) => 0.01 * 2 ** i);
const VICTIM_BUCKETS = Array.from({ length: 7 }, (_, i) => 2 ** i);
const ATTEMPTS_BUCKETS = Array.from({ length: 5 }, (_, i) => 2 ** i);
const ATTEMPTS_TOLD_MAX = 15;

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** Whose figures are shown: those of the present lead. */
export interface MetricsSources { queue(): SchedulingQueue | undefined; cache(): ClusterCache | undefined }

/** What kube-scheduler shows, under its names. */
export class SchedulerMetrics {
  readonly #attempts: TallyCounter<'result' | 'profile'>;
  readonly #attemptSeconds: TallyHistogram<'result' | 'profile'>;
  readonly #algorithmSeconds: TallyHistogram;
  readonly #podSeconds: TallyHistogram<'attempts'>;
  readonly #podAttempts: TallyHistogram;
  readonly #incoming: TallyCounter<'queue' | 'event'>;
  readonly #preemptionAttempts: TallyCounter;
  readonly #preemptionVictims: TallyHistogram;
  readonly #permitSeconds: TallyHistogram<'result'>;
  readonly #afterFlush: TallyCounter;

  constructor(registry: Registry, sources: MetricsSources) {
    const registers = [registry];
    this.#attempts = new TallyCounter({ name: 'scheduler_schedule_attempts_total', help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.", labelNames: ['result', 'profile'], registers });
    this.#attemptSeconds = new TallyHistogram({ name: 'scheduler_scheduling_attempt_duration_seconds', help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)', labelNames: ['result', 'profile'], buckets: LATENCY_BUCKETS, registers });
    this.#algorithmSeconds = new TallyHistogram({ name: 'scheduler_scheduling_algorithm_duration_seconds', help: 'Scheduling algorithm latency in seconds', buckets: LATENCY_BUCKETS, registers });
    this.#podSeconds = new TallyHistogram({ name: 'scheduler_pod_scheduling_sli_duration_seconds', help: 'E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.', labelNames: ['attempts'], buckets: SLI_BUCKETS, registers });
    this.#podAttempts = new TallyHistogram({ name: 'scheduler_pod_scheduling_attempts', help: 'Number of attempts to successfully schedule a pod.', buckets: ATTEMPTS_BUCKETS, registers });
    this.#incoming = new TallyCounter({ name: 'scheduler_queue_incoming_pods_total', help: 'Number of pods added to scheduling queues by event and queue type.', labelNames: ['queue', 'event'], registers });
    this.#preemptionAttempts = new TallyCounter({ name: 'scheduler_preemption_attempts_total', help: 'Total preemption attempts in the cluster till now', registers });
    this.#preemptionVictims = new TallyHistogram({ name: 'scheduler_preemption_victims', help: 'Number of selected preemption victims', buckets: VICTIM_BUCKETS, registers });
    this.#permitSeconds = new TallyHistogram({ name: 'scheduler_permit_wait_duration_seconds', help: 'Duration of waiting on permit.', labelNames: ['result'], buckets: LATENCY_BUCKETS, registers });
    this.#afterFlush = new TallyCounter({ name: 'scheduler_pod_scheduled_after_flush_total', help: 'Number of pods that were successfully scheduled after being flushed from unschedulablePods due to timeout.', registers });
    showState(registers, sources);
  }

  algorithm(seconds: number): void { this.#algorithmSeconds.labels({}).observe(seconds); }

  attempt(result: AttemptResult, profile: string, seconds: number): void {
    this.#attempts.labels({ result, profile }).inc();
    this.#attemptSeconds.labels({ result, profile }).observe(seconds);
  }

  scheduled({ attempts, seconds, wasFlushed }: { attempts: number; seconds: number; wasFlushed: boolean }): void {
    this.#podSeconds.labels({ attempts: attempts >= ATTEMPTS_TOLD_MAX ? `${ATTEMPTS_TOLD_MAX}+` : String(attempts) }).observe(seconds);
    this.#podAttempts.labels({}).observe(attempts);
    if (wasFlushed) this.#afterFlush.labels({}).inc();
  }

  incoming(queue: string, event: string): void { this.#incoming.labels({ queue, event }).inc(); }
  preempted(victims: number): void { this.#preemptionVictims.labels({}).observe(victims); }
  preemptionTried(): void { this.#preemptionAttempts.labels({}).inc(); }
  permitWaited(result: string, seconds: number): void { this.#permitSeconds.labels({ result }).observe(seconds); }
}

function showState(registers: Registry[], { queue, cache }: MetricsSources): void {
  new Gauge({
    name: 'scheduler_pending_pods', help: "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.", labelNames: ['queue'], registers,
    collect() { for (const [name, count] of Object.entries(queue()?.counts ?? { active: 0, backoff: 0, unschedulable: 0, gated: 0 })) this.set({ queue: name }, count); },
  });
  new Gauge({
    name: 'scheduler_unschedulable_pods', help: 'The number of unschedulable pods broken down by plugin name. A pod will increment the gauge for all plugins that caused it to not schedule and so this metric have meaning only when broken down by plugin.', labelNames: ['plugin', 'profile'], registers,
    collect() {
      this.reset();
      for (const [plugin, pods] of queue()?.waitingByPlugin() ?? []) for (const { info } of pods) this.inc({ plugin, profile: info.pod.spec?.schedulerName ?? '' });
    },
  });
  new Gauge({
    name: 'scheduler_inflight_events', help: 'Number of events currently tracked in the scheduling queue.', labelNames: ['event'], registers,
    collect() { const { pods = 0, events = 0 } = queue()?.inFlight ?? {}; this.set({ event: 'PodPopped' }, pods); this.set({ event: 'others' }, events); },
  });
  new Gauge({
    name: 'scheduler_cache_size', help: 'Number of nodes, pods, and assumed (bound) pods in the scheduler cache.', labelNames: ['type'], registers,
    collect() { const { nodes, pods, assumed } = cache()?.counts ?? { nodes: 0, pods: 0, assumed: 0 }; this.set({ type: 'nodes' }, nodes); this.set({ type: 'pods' }, pods); this.set({ type: 'assumed_pods' }, assumed); },
  });
}

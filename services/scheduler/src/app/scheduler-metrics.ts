import type { Clock } from '@kubernode/base';
import { TallyCounter, TallyHistogram, type ValueTally } from '@kubernode/component-base';
import { Gauge, type Registry } from 'prom-client';
import type { ClusterCache } from '../cache/cluster-cache.ts';
import type { VolumeStage } from '../plugins/plugin-observers.ts';
import type { SchedulingQueue } from '../queue/scheduling-queue.ts';
import { CycleMetrics, PLUGIN_BUCKETS_SECONDS } from './cycle-metrics.ts';

/** 1 ms and 15 doublings of it. */
const LATENCY_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);
const SLI_BUCKETS = Array.from({ length: 20 }, (_, i) => 0.01 * 2 ** i);
const VICTIM_BUCKETS = Array.from({ length: 7 }, (_, i) => 2 ** i);
const ATTEMPTS_BUCKETS = Array.from({ length: 5 }, (_, i) => 2 ** i);
const ATTEMPTS_TOLD_MAX = 15;
/** From 0.1 ms to 0.2 s. */
const EVENT_BUCKETS = Array.from({ length: 12 }, (_, i) => 0.0001 * 2 ** i);

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** Whose figures are shown: those of the present lead. */
export interface MetricsSources { queue(): SchedulingQueue | undefined; cache(): ClusterCache | undefined; /** Pods whose binding is under way. */ binding(): number }

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
  readonly #eventSeconds: TallyHistogram<'event'>;
  readonly #events = new Map<string, ValueTally>();
  readonly #hintSeconds: TallyHistogram<'plugin' | 'event' | 'hint'>;
  readonly #evictionSeconds: TallyHistogram<'result'>;
  readonly #evictions: TallyCounter<'result'>;
  readonly #volumeFaults: TallyCounter<'operation'>;
  readonly cycle: CycleMetrics;

  constructor(registry: Registry, clock: Clock, sources: MetricsSources) {
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
    this.#eventSeconds = new TallyHistogram({ name: 'scheduler_event_handling_duration_seconds', help: 'Event handling latency in seconds.', labelNames: ['event'], buckets: EVENT_BUCKETS, registers });
    this.#hintSeconds = new TallyHistogram({ name: 'scheduler_queueing_hint_execution_duration_seconds', help: 'Duration for running a queueing hint function of a plugin.', labelNames: ['plugin', 'event', 'hint'], buckets: PLUGIN_BUCKETS_SECONDS, registers });
    this.#evictionSeconds = new TallyHistogram({ name: 'scheduler_preemption_goroutines_duration_seconds', help: 'Duration in seconds for running goroutines for the preemption.', labelNames: ['result'], buckets: SLI_BUCKETS, registers });
    this.#evictions = new TallyCounter({ name: 'scheduler_preemption_goroutines_execution_total', help: 'Number of preemption goroutines executed.', labelNames: ['result'], registers });
    this.#volumeFaults = new TallyCounter({ name: 'scheduler_volume_scheduling_stage_error_total', help: 'Volume scheduling stage error count', labelNames: ['operation'], registers });
    this.cycle = new CycleMetrics(registry, clock);
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
  eventHandled(event: string, seconds: number): void {
    let tally = this.#events.get(event);
    if (tally === undefined) { tally = this.#eventSeconds.labels({ event }); this.#events.set(event, tally); }
    tally.observe(seconds);
  }

  hintAsked({ plugin, event, hint }: { plugin: string; event: string; hint: string }, seconds: number): void { this.#hintSeconds.labels({ plugin, event, hint }).observe(seconds); }

  evicted(result: 'success' | 'error', seconds: number): void {
    this.#evictions.labels({ result }).inc();
    this.#evictionSeconds.labels({ result }).observe(seconds);
  }

  volumesFailed(operation: VolumeStage): void { this.#volumeFaults.labels({ operation }).inc(); }
  preempted(victims: number): void { this.#preemptionVictims.labels({}).observe(victims); }
  preemptionTried(): void { this.#preemptionAttempts.labels({}).inc(); }
  permitWaited(result: string, seconds: number): void { this.#permitSeconds.labels({ result }).observe(seconds); }
}

function showState(registers: Registry[], { queue, cache, binding }: MetricsSources): void {
  new Gauge({
    name: 'scheduler_goroutines', help: 'Number of running goroutines split by the work they do such as binding.', labelNames: ['operation'], registers,
    collect() { this.set({ operation: 'binding' }, binding()); },
  });
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

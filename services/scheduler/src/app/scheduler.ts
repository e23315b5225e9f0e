import { formatTime, isConflict, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, policyV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup } from '@kubernode/base';
import type { EventRecorder } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { ClusterCache } from '../cache/cluster-cache.ts';
import { podView, type NodeView } from '../cache/node-table.ts';
import { fitMessage, noPreemptionMessage } from '../cycle/fit-message.ts';
import { schedulePod, type Refused } from '../cycle/schedule-pod.ts';
import type { CycleInput } from '../framework/plugin.ts';
import { findVictims, type Preemption } from '../preemption/find-victims.ts';
import { defaultPlugins } from '../plugins/index.ts';
import { SchedulingQueue, type QueuedPod } from '../queue/scheduling-queue.ts';
import { watchCluster } from './watch-cluster.ts';
import { workloadSelector } from './workload-selector.ts';
import type { SchedulerMetrics } from './scheduler-metrics.ts';

export const DEFAULT_SCHEDULER = 'default-scheduler';
const FLUSH_PERIOD_MS = 30_000;
/** After this many decisions in a row others get the event loop: watches must go on being read. */
const DECISIONS_BETWEEN_YIELDS = 50;

/** One term of leadership: watches, decides one pod after the other, binds many at a time. */
export class Scheduler {
  readonly #runtime: Runtime;
  readonly #metrics: SchedulerMetrics;
  readonly #recorder: EventRecorder;
  readonly #cache = new ClusterCache();
  readonly queue: SchedulingQueue;
  readonly #nominated = new Map<string, { view: ReturnType<typeof podView>; node: string }>(); // pods for which others were evicted, by uid
  #startIndex = 0;

  constructor(runtime: Runtime, metrics: SchedulerMetrics) {
    this.#runtime = runtime;
    this.#metrics = metrics;
    this.#recorder = runtime.recorder(DEFAULT_SCHEDULER);
    this.queue = new SchedulingQueue({ clock: runtime.clock, plugins: defaultPlugins });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { informers, clock } = this.#runtime;
    await informers.synced(signal);
    using _watching = watchCluster(informers, { cache: this.#cache, queue: this.queue, forget: (uid) => { this.#nominated.delete(uid); } });
    const group = new TaskGroup(signal);
    group.spawn((inner) => this.#decideAll(group, inner));
    group.spawn(async (inner) => {
      for (;;) { await clock.sleep(FLUSH_PERIOD_MS, { signal: inner }); this.queue.flushStale(); }
    });
    try { await group.done(); } finally { this.queue.close(); }
  }

  async #decideAll(group: TaskGroup, signal: AbortSignal): Promise<void> {
    for (let decided = 1; ; decided++) {
      const queued = await this.queue.pop(signal);
      if (decided % DECISIONS_BETWEEN_YIELDS === 0) await this.#runtime.clock.sleep(0, { signal });
      const { namespace = '', name, uid } = queued.pod.metadata;
      const current = this.#runtime.informers.informer(coreV1Resources.pods).lister.get(`${namespace}/${name}`);
      if (current === undefined || current.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined || this.#cache.isPlaced(uid ?? '')) continue;
      this.#decide({ ...queued, pod: current }, group);
    }
  }

  #decide(queued: QueuedPod, group: TaskGroup): void {
    const { clock, rng, informers } = this.#runtime;
    const startedMs = clock.monotonicNow();
    const namespaces = informers.informer(coreV1Resources.namespaces).lister;
    const input: CycleInput = { subject: podView(queued.pod), table: this.#cache.table, namespaceLabels: (name) => namespaces.get(name)?.metadata.labels ?? {}, workloadSelector: (pod) => workloadSelector(pod, informers) };
    using _held = this.#holdNominated(input);
    const decision = schedulePod(input, { plugins: defaultPlugins, startIndex: this.#startIndex, rng });
    this.#metrics.algorithm((clock.monotonicNow() - startedMs) / 1000);
    if (decision.node === undefined) {
      const preemption = this.#preempt(input, decision.refusals);
      this.#metrics.attempt('unschedulable', DEFAULT_SCHEDULER, (clock.monotonicNow() - startedMs) / 1000);
      this.#refuse(queued, decision.refusals, preemption, group);
      return;
    }
    const { node } = decision;
    this.#startIndex = (this.#startIndex + decision.evaluated) % Math.max(1, input.table.nodes.length);
    this.#cache.assume(input.subject, node);
    this.#nominated.delete(queued.pod.metadata.uid ?? '');
    group.spawn((signal) => this.#bind(queued, node, startedMs, signal));
  }

  /** Pods that others were evicted for keep their place from those that are not more important. */
  #holdNominated({ subject, table }: CycleInput): Disposable {
    const held: { node: NodeView; uid: string }[] = [];
    for (const [uid, { view, node }] of this.#nominated) {
      const on = table.get(node);
      if (on === undefined || uid === subject.pod.metadata.uid || view.priority < subject.priority) continue;
      table.addPod(on, view);
      held.push({ node: on, uid });
    }
    return { [Symbol.dispose]: () => { for (const { node, uid } of held) table.removePod(node, uid); } };
  }

  #preempt(input: CycleInput, refusals: ReadonlyMap<NodeView, Refused>): Preemption {
    const budgets = this.#runtime.informers.informer(policyV1Resources.poddisruptionbudgets).lister;
    return findVictims(input, { refusals, plugins: defaultPlugins, budgetsOf: (namespace) => budgets.inNamespace(namespace) });
  }

  async #bind(queued: QueuedPod, node: NodeView, startedMs: number, signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#runtime;
    const { name, namespace = '', uid } = queued.pod.metadata;
    try {
      await client.create(coreV1Resources.pods, { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node.name } }, { signal, target: { name, namespace, subresource: 'binding' } });
      this.#metrics.attempt('scheduled', DEFAULT_SCHEDULER, (clock.monotonicNow() - startedMs) / 1000);
      this.#metrics.scheduled(queued.attempts, (clock.now() - queued.firstSeenMs) / 1000);
      this.#recorder.event(queued.pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node.name}`);
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      this.#cache.forget(uid ?? '');
      this.queue.moveOn('pod-removed'); // its place is free again
      this.#metrics.attempt('error', DEFAULT_SCHEDULER, (clock.monotonicNow() - startedMs) / 1000);
      if (isNotFound(error) || isConflict(error)) { logger.debug('binding refused', { pod: `${namespace}/${name}`, error: errorMessage(error) }); } else logger.warn('binding failed', { pod: `${namespace}/${name}`, error: errorMessage(error) });
      this.queue.refuse(queued, new Set());
    }
  }

  #refuse(queued: QueuedPod, refusals: ReadonlyMap<NodeView, Refused>, preemption: Preemption, group: TaskGroup): void {
    const count = this.#cache.table.nodes.length;
    const { pod } = queued;
    const message = fitMessage(count, refusals, preemption.node === undefined ? preemption.why ?? noPreemptionMessage(count, refusals) : undefined);
    const refusedBy = new Set([...refusals.values()].map(({ plugin }) => plugin));
    this.queue.refuse(queued, count === 0 ? new Set(['NodeName', 'NodeResourcesFit']) : refusedBy);
    this.#recorder.event(pod, 'Warning', 'FailedScheduling', message);
    const node = preemption.node;
    if (node !== undefined) this.#nominated.set(pod.metadata.uid ?? '', { view: podView(pod), node: node.name });
    group.spawn(async (signal) => {
      await this.#tellUnschedulable(pod, message, node?.name, signal);
      if (node !== undefined) await Promise.all(preemption.victims.map((victim) => this.#evict(victim, pod, node.name, signal)));
    });
  }

  async #tellUnschedulable(pod: Readonly<coreV1.Pod>, message: string, nominated: string | undefined, signal: AbortSignal): Promise<void> {
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    const same = known?.status === 'False' && known.reason === 'Unschedulable' && known.message === message;
    if (same && (nominated === undefined || pod.status?.nominatedNodeName === nominated)) return;
    const lastTransitionTime = known?.status === 'False' && known.lastTransitionTime !== undefined ? known.lastTransitionTime : formatTime(this.#runtime.clock.now());
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null, lastTransitionTime, observedGeneration: pod.metadata.generation };
    await this.#patchStatus(pod, { conditions: [condition], ...(nominated !== undefined && { nominatedNodeName: nominated }) }, signal);
  }

  async #evict(victim: Readonly<coreV1.Pod>, preemptor: Readonly<coreV1.Pod>, nodeName: string, signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#runtime;
    const { name, namespace, uid } = victim.metadata;
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: `${DEFAULT_SCHEDULER}: preempting to accommodate a higher priority pod`, lastTransitionTime: formatTime(clock.now()), observedGeneration: victim.metadata.generation };
    await this.#patchStatus(victim, { conditions: [condition] }, signal);
    try { await client.delete(coreV1Resources.pods, { name, namespace }, { signal, ...(uid !== undefined && { uid }) }); } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      if (!isNotFound(error)) logger.warn('preemption failed', { victim: `${namespace ?? ''}/${name}`, error: errorMessage(error) });
      return;
    }
    this.#recorder.event(victim, 'Normal', 'Preempted', `Preempted by pod ${preemptor.metadata.uid ?? ''} on node ${nodeName}`);
  }

  async #patchStatus(pod: Readonly<coreV1.Pod>, status: unknown, signal: AbortSignal): Promise<void> {
    const { client, logger } = this.#runtime;
    const { name, namespace, uid } = pod.metadata;
    try { await client.patch(coreV1Resources.pods, { name, namespace, subresource: 'status' }, { type: 'strategic', body: { metadata: { uid }, status } }, { signal }); } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      if (!isNotFound(error) && !isConflict(error)) logger.warn('pod status not written', { pod: `${namespace ?? ''}/${name}`, error: errorMessage(error) });
    }
  }
}

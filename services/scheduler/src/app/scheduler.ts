import { isConflict, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { assert, errorMessage, isAbortError, Semaphore, TaskGroup } from '@kubernode/base';
import type { Runtime } from '@kubernode/controller';
import { ClusterCache } from '../cache/cluster-cache.ts';
import { makeProfile, registrationsOf } from '../config/make-profiles.ts';
import type { SchedulerConfiguration } from '../config/scheduler-configuration.ts';
import { schedulePod, type Decision } from '../cycle/schedule-pod.ts';
import type { Extenders } from '../extender/extenders.ts';
import { assignedPodDelete, type EventRegistration } from '../framework/cluster-event.ts';
import { observePoint } from '../framework/cycle-observer.ts';
import type { Cycle, Plugin, PluginFactory, PluginHandle } from '../framework/plugin.ts';
import { schedulerNameOf, type Profile } from '../framework/profile.ts';
import type { QueuedPod } from '../framework/queued-pod.ts';
import type { PluginObservers } from '../plugins/plugin-observers.ts';
import { RequeueHints } from '../queue/requeue-hints.ts';
import { SchedulingQueue } from '../queue/scheduling-queue.ts';
import { bind, errorFailure, failureOf, permit, preBind, reserve, unreserve, type BindFailure, type Placement } from './bind-cycle.ts';
import { handleCluster, requestInformers, UNFINISHED } from './cluster-handlers.ts';
import { statusPatch, writeStatus, type StatusUpdate } from './pod-status.ts';
import type { SchedulerMetrics } from './scheduler-metrics.ts';
import { PodsOnTheWay } from './waiting-pods.ts';

type Pod = Readonly<coreV1.Pod>;

const FLUSH_PERIOD_MS = 30_000;
/** After deciding for this long others get the event loop: watches must go on being read, and bindings be sent. */
const DECIDING_MAX_MS = 4;
/** Bindings under way at once; the server's flow control may want fewer. */
const BINDS_IN_FLIGHT_MAX = 512;
/** Of an event's note. */
const MESSAGE_LENGTH_MAX = 1024;
const NOBODY: ReadonlySet<string> = new Set();

export interface SchedulerOptions {
  runtime: Runtime;
  metrics: SchedulerMetrics;
  configuration: SchedulerConfiguration;
  /** Plugins from modules, by name. */
  modules: ReadonlyMap<string, PluginFactory>;
  extenders?: Extenders | undefined;
}

/** One term of leadership: watches, decides one pod after the other, binds many at a time. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #runtime: Runtime;
  readonly #metrics: SchedulerMetrics;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #onTheWay: PodsOnTheWay;
  readonly #binds = new Semaphore(BINDS_IN_FLIGHT_MAX);
  readonly cache: ClusterCache = new ClusterCache();
  readonly queue: SchedulingQueue;
  #group: TaskGroup | undefined;
  #startIndex = 0;
  #binding = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { runtime, metrics, configuration } = options;
    this.#runtime = runtime;
    this.#metrics = metrics;
    this.#onTheWay = new PodsOnTheWay(runtime.clock);
    const observers: PluginObservers = { onPreemption: (victims) => { metrics.preempted(victims); }, onEvicted: (result, seconds) => { metrics.evicted(result, seconds); }, onVolumeFault: (stage) => { metrics.volumesFailed(stage); } };
    this.#profiles = new Map(configuration.profiles.map((one) => [one.schedulerName, makeProfile(one, { handle: this.#handleFor(one.schedulerName), modules: options.modules, observers })]));
    const [first] = this.#profiles.values();
    assert(first !== undefined, 'a configuration has a profile');
    const before = (first.plugins.queueSort[0] as Plugin).before as NonNullable<Plugin['before']>; // profiles are checked for it, and all have the same
    this.queue = new SchedulingQueue({
      clock: runtime.clock, before, backoff: { initialMs: configuration.podInitialBackoffSeconds * 1000, maxMs: configuration.podMaxBackoffSeconds * 1000 },
      preEnqueue: (profile) => this.#profiles.get(profile)?.plugins.preEnqueue ?? [],
      hints: new RequeueHints(new Map([...this.#profiles].map(([name, profile]) => [name, this.#registrations(profile)])), {
        onFault: (plugin, error) => { runtime.logger.warn('queueing hint failed', { plugin, error: errorMessage(error) }); },
        now: () => runtime.clock.monotonicNow(), onAsked: (asked, seconds) => { metrics.hintAsked(asked, seconds); },
      }),
      onIncoming: (queue, cause) => { metrics.incoming(queue, cause); },
    });
    requestInformers(runtime.informers, this.#allRegistrations());
  }

  /** Pods that have a node and are not bound yet. */
  get binding(): number { return this.#binding; }

  async run(signal: AbortSignal): Promise<void> {
    const { informers, clock } = this.#runtime;
    await informers.synced(signal);
    const group = new TaskGroup(signal);
    this.#group = group;
    using _watching = handleCluster(informers, { cache: this.cache, queue: this.queue, isOurs: (pod) => this.#profiles.has(schedulerNameOf(pod)), stopBinding: (pod) => { this.#stopBinding(pod); }, now: () => clock.monotonicNow(), onHandled: (event, seconds) => { this.#metrics.eventHandled(event, seconds); } }, this.#allRegistrations());
    group.spawn((inner) => this.#decideAll(inner));
    group.spawn(async (inner) => { for (;;) { await clock.sleep(FLUSH_PERIOD_MS, { signal: inner }); this.queue.flushStale(); } });
    try { await group.done(); } finally { this.queue.close(); }
  }

  #allRegistrations(): EventRegistration[] { return [...this.#profiles.values()].flatMap((profile) => profile.all.flatMap(({ events = [] }) => events)); }

  /** Extenders tell nothing of what would help: after them any event may. */
  #registrations(profile: Profile): ReturnType<typeof registrationsOf> {
    const registrations = registrationsOf(profile);
    if (this.#options.extenders !== undefined) registrations.set('Extender', [{ resource: '*', actions: ['Add', 'Update', 'Delete'] }]);
    return registrations;
  }

  async #decideAll(signal: AbortSignal): Promise<void> {
    const { clock } = this.#runtime;
    for (let since = clock.monotonicNow(); ;) {
      const queued = await this.queue.pop(signal);
      if (clock.monotonicNow() - since > DECIDING_MAX_MS) { await clock.sleep(0, { signal }); since = clock.monotonicNow(); }
      await this.#tryPod(queued, signal);
    }
  }

  async #tryPod(queued: QueuedPod, signal: AbortSignal): Promise<void> {
    const { pod, uid } = queued.info;
    const profile = this.#profiles.get(schedulerNameOf(pod));
    if (profile === undefined || this.#isNoMore(queued, profile)) { this.queue.done(uid); return; }
    const { clock, rng, tracer } = this.#runtime;
    const { configuration, extenders } = this.#options;
    const startedMs = clock.monotonicNow();
    const observer = this.#metrics.cycle.attempt(profile.schedulerName);
    const span = tracer?.begin('Schedule', { attributes: { 'k8s.pod.uid': uid, 'k8s.pod.name': pod.metadata.name, 'k8s.namespace.name': pod.metadata.namespace ?? '', attempt: queued.attempts } });
    const cycle: Cycle = { subject: queued.info, table: this.cache.table, nowMs: clock.now(), span };
    let decision: Decision;
    try {
      const made = schedulePod(cycle, { profile, nominations: this.queue.nominator, percentageOfNodesToScore: configuration.percentageOfNodesToScore, startIndex: this.#startIndex, rng, extenders, observer });
      decision = made instanceof Promise ? await made : made;
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      this.#turnDown(queued, { ...errorFailure(errorMessage(error)), profile, startedMs, nominated: '', span });
      return;
    } finally { this.#metrics.algorithm((clock.monotonicNow() - startedMs) / 1000); }
    if (decision.node === undefined) {
      if (decision.refusedBy.size + decision.pendingBy.size > 0) this.#metrics.preemptionTried();
      this.#turnDown(queued, { ...decision, reason: 'Unschedulable', profile, startedMs, span });
      return;
    }
    this.#startIndex = (this.#startIndex + decision.evaluated) % Math.max(1, this.cache.table.nodes.length);
    this.#place(queued, { cycle, node: decision.node, profile, observer }, startedMs);
  }

  /** Being deleted, or bound while it waited. */
  #isNoMore({ info: { pod, uid } }: QueuedPod, { schedulerName }: Profile): boolean {
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#runtime.seriesRecorder(schedulerName).event(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: `skip schedule deleting pod: ${pod.metadata.namespace ?? ''}/${pod.metadata.name}` });
      return true;
    }
    return this.cache.isPlaced(uid);
  }

  /** Takes the place at once, so that the next decision sees it; binding goes on beside. */
  #place(queued: QueuedPod, placement: Placement, startedMs: number): void {
    const { cycle, node } = placement;
    const { uid, pod } = cycle.subject;
    this.cache.assume({ ...cycle.subject, pod: { ...pod, spec: { ...pod.spec, nodeName: node.name } as coreV1.PodSpec } }, node); // the spec is that of a pod
    this.queue.nominator.delete(uid);
    const waits = reserve(placement) ?? permit(placement);
    if (!(waits instanceof Map)) { this.#giveUp(queued, placement, waits, startedMs); return; }
    this.#group?.spawn(async (signal) => {
      this.#binding++;
      try { await this.#bindAlong(queued, placement, { held: waits.size === 0 ? undefined : this.#onTheWay.hold(uid, waits, signal), startedMs, signal }); } finally { this.#binding--; }
    });
  }

  async #bindAlong(queued: QueuedPod, placement: Placement, { held, startedMs, signal }: { held: Promise<Awaited<ReturnType<PodsOnTheWay['hold']>>> | undefined; startedMs: number; signal: AbortSignal }): Promise<void> {
    const { cycle, node, profile } = placement;
    const { clock } = this.#runtime;
    const takesTime = held !== undefined || profile.plugins.preBind.some((plugin) => plugin.needsPreBind?.(cycle, node) ?? true);
    if (takesTime) await this.#updateStatus(cycle.subject.pod, { nominated: node.name }, signal); // others may count on it from now on
    if (held !== undefined) {
      const since = clock.monotonicNow();
      const refused = await held;
      this.#metrics.permitWaited(refused === undefined ? 'Success' : 'Unschedulable', (clock.monotonicNow() - since) / 1000);
      if (refused !== undefined) { this.#giveUp(queued, placement, failureOf(refused, node, 'Permit'), startedMs); return; }
    }
    this.queue.done(cycle.subject.uid); // what happens from here on does not say where the pod fits
    const failure = await preBind(placement, this.#onTheWay, signal) ?? await this.#binds.run(() => this.#bind(placement, signal), { signal });
    if (failure !== undefined) { this.#giveUp(queued, placement, failure, startedMs); return; }
    this.#tellBound(queued, placement, startedMs);
  }

  async #bind(placement: Placement, signal: AbortSignal): Promise<BindFailure | undefined> {
    const { cycle, node } = placement;
    const { extenders } = this.#options;
    const verdict = extenders === undefined ? 'skip' : await extenders.bind(cycle.subject, node);
    if (verdict === undefined) return undefined;
    return verdict === 'skip' ? bind(placement, signal) : failureOf({ plugin: 'Extender', verdict }, node, 'Bind');
  }

  #tellBound({ attempts, firstTriedMs, wasFlushed }: QueuedPod, { cycle, node, profile, observer }: Placement, startedMs: number): void {
    const { clock } = this.#runtime;
    const { pod } = cycle.subject;
    const { namespace = '', name } = pod.metadata;
    cycle.span?.end();
    this.#runtime.seriesRecorder(profile.schedulerName).event(pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', note: `Successfully assigned ${namespace}/${name} to ${node.name}` });
    this.#metrics.attempt('scheduled', profile.schedulerName, (clock.monotonicNow() - startedMs) / 1000);
    this.#metrics.scheduled({ attempts, wasFlushed, seconds: (clock.now() - (firstTriedMs ?? clock.now())) / 1000 });
    observePoint(observer, 'PostBind', { work: () => { for (const plugin of profile.plugins.postBind) plugin.postBind?.(cycle, node); }, status: () => 'Success' });
  }

  /** Gives the place back. Its being free again is news for others, and after a fault for the pod itself, too. */
  #giveUp(queued: QueuedPod, placement: Placement, failure: BindFailure, startedMs: number): void {
    const { uid, pod } = placement.cycle.subject;
    unreserve(placement);
    this.cache.forget(uid);
    const assumed: Pod = { ...pod, spec: { ...pod.spec, nodeName: placement.node.name } as coreV1.PodSpec }; // the spec is that of a pod
    const freed = (): void => { this.queue.moveOn(assignedPodDelete, { before: assumed }, failure.rejected ? ({ info }) => info.uid !== uid : undefined); };
    if (!failure.rejected) freed();
    this.#turnDown(queued, { ...failure, profile: placement.profile, startedMs, nominated: '', span: placement.cycle.span });
    if (failure.rejected) freed();
  }

  /** Back into the queue, with an event and a condition that say why. */
  #turnDown(queued: QueuedPod, failure: { message: string; reason: 'Unschedulable' | 'SchedulerError'; refusedBy: ReadonlySet<string>; pendingBy?: ReadonlySet<string>; nominated: string | undefined; profile: Profile; startedMs: number; span: Cycle['span'] }): void {
    const { clock, logger, informers } = this.#runtime;
    const { message, reason, refusedBy, pendingBy = NOBODY, nominated, profile, startedMs, span } = failure;
    span?.end({ error: message });
    const { metadata } = queued.info.pod;
    this.#metrics.attempt(reason === 'Unschedulable' ? 'unschedulable' : 'error', profile.schedulerName, (clock.monotonicNow() - startedMs) / 1000);
    if (reason === 'SchedulerError') logger.warn('pod not scheduled', { pod: `${metadata.namespace ?? ''}/${metadata.name}`, error: message });
    const current = informers.informer(coreV1Resources.pods, UNFINISHED).lister.get(`${metadata.namespace ?? ''}/${metadata.name}`);
    if (current === undefined || current.metadata.uid !== metadata.uid) { this.queue.done(queued.info.uid); return; } // gone, or made anew
    if ((current.spec?.nodeName ?? '') === '') {
      this.queue.refuse(queued, current, { refusedBy, pendingBy });
      this.queue.nominator.set(queued.info, nominated);
    } else this.queue.done(queued.info.uid); // bound after all: the answer was lost
    this.#runtime.seriesRecorder(profile.schedulerName).event(current, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: truncated(message) });
    this.#group?.spawn((signal) => this.#updateStatus(current, { condition: { reason, message }, nominated }, signal));
  }

  async #updateStatus(pod: Pod, update: StatusUpdate, signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#runtime;
    const patch = statusPatch(pod, update, clock.now());
    if (patch === undefined) return;
    try { await writeStatus(client, pod, patch, signal); } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      if (!isNotFound(error) && !isConflict(error)) logger.warn('pod status not written', { pod: `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`, error: errorMessage(error) });
    }
  }

  /** The pod is being deleted: whoever holds it lets go, and its place is free. */
  #stopBinding(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (!this.#onTheWay.reject(uid, '', 'pod is deleted')) this.cache.forget(uid);
    this.queue.moveOn(assignedPodDelete, { before: pod });
  }

  #handleFor(profileName: string): PluginHandle {
    const { client, clock, rng, logger, informers } = this.#runtime;
    return {
      profileName, client, clock, rng, logger, waitingPods: this.#onTheWay, preemptingExtenders: this.#options.extenders?.preempting ?? [],
      lister: <T>(resource: ResourceRef<T>) => (resource.resource === 'pods' && resource.group === '' ? informers.informer(resource, UNFINISHED) : informers.informer(resource)).lister,
      nominations: { on: (node) => this.queue.nominator.on(node) },
      activate: (pod) => { this.queue.activate(pod); },
      event: (about, statement) => { this.#runtime.seriesRecorder(profileName).event(about, statement); },
      background: (what, work) => { this.#group?.spawn(async (signal) => { try { await work(signal); } catch (error) { if (isAbortError(error) && signal.aborted) throw error; logger.warn(`${what} failed`, { error: errorMessage(error) }); } }); },
    };
  }
}

function truncated(message: string): string { return message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX - 4)} ...`; }

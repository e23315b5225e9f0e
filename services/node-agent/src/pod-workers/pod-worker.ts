import { isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, exponentialBackoff, linkSignals, WakeUp, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Tracer } from '@kubernode/tracing';
import { computeResize, isResizing, needsRestartToResize } from '../allocation/compute-resize.ts';
import type { PodAllocations } from '../allocation/pod-allocations.ts';
import { resizePod, type ResizeDeps } from '../allocation/resize-pod.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { NodeMetrics } from '../metrics.ts';
import { graceSeconds, initContainers, isSidecar, isTerminalPhase, type Pod, podUid, qosClass } from '../pod/pod-facts.ts';
import { type PodPaths, podPaths } from '../pod/pod-paths.ts';
import { serviceVariables, visibleServices } from '../pod/service-variables.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import { computePodActions, type PodActions } from '../runtime/compute-pod-actions.ts';
import { emptyMemory, type ObservationMemory, observePod, type ObserverDeps } from '../runtime/observe-pod.ts';
import { EMPTY_STATE, type PodState } from '../runtime/pod-state.ts';
import { syncPod, type SyncDeps, type SyncResult } from '../runtime/sync-pod.ts';
import { toRfc3339, type WaitingReason } from '../status/compute-container-statuses.ts';
import { computePodStatus } from '../status/compute-pod-status.ts';
import { isRestartingAll } from '../status/restart-all.ts';
import type { StatusWriter } from '../status/status-writer.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import { clearAway, endPod } from './end-pod.ts';
import type { Admit, PodEnd, Refusal } from './pod-end.ts';
import { pruneContainers } from './prune-containers.ts';
import type { ReferencedObjects } from './referenced-objects.ts';

export interface PodWorkerDeps extends SyncDeps, ObserverDeps {
  runtime: SyncDeps['runtime'];
  client: Client;
  rng: Rng;
  metrics: NodeMetrics;
  /** Undefined where nothing is traced. */
  tracer?: Tracer | undefined;
  images: Pick<ImagePuller, 'ensure' | 'forgetPod'>;
  probes: Pick<ProbeManager, 'update' | 'view' | 'forgetPod'>;
  statuses: Pick<StatusWriter, 'set' | 'forgetPod'>;
  volumes: Pick<VolumeManager, 'mount' | 'unmountAll'>;
  references: Pick<ReferencedObjects, 'acquire' | 'view' | 'release'>;
  services: () => readonly Readonly<coreV1.Service>[];
  cgroups: Pick<PodCgroups, 'ensure' | 'remove' | 'set' | 'memoryUsage'>;
  allocations: Pick<PodAllocations, 'add' | 'podFor' | 'consider' | 'conditions' | 'setProgress' | 'setError' | 'actuated' | 'setActuated' | 'setPodActuated' | 'forgetPod'>;
  /** Asked beside what the node has room for; all pods are taken without. */
  admit?: Admit;
  /** Why no pod with a network of its own can start now. */
  networkProblem: () => Promise<string | undefined>;
  /** What the runtime calls itself: stands before ids. */
  runtimeName: string;
  rootDir: string;
  podLogsDir: string;
}

/** A pod is looked at this often even when nothing happens: volumes and tokens are brought up to date. */
const RESYNC_MS = 60_000;
const FAILURE_BACKOFF = { initialMs: 1000, maxMs: 10_000 };

type Ending = 'no' | 'stop' | 'remove';

/**
 * One pod's life on this node. A single loop owns it: whoever has news sets it (`update`, `remove`, `wake`), and the loop looks anew.
 *
 *     syncing ──▶ stopping containers ──▶ stopped (logs and last status stay) ──▶ removed (nothing left, object deleted)
 */
export class PodWorker {
  readonly #deps: PodWorkerDeps;
  readonly #seenAtMs: number;
  readonly #paths: PodPaths;
  readonly #memory: ObservationMemory = emptyMemory();
  readonly #hurry = new AbortController();
  #pod: Pod;
  /** The object is gone from the API server. */
  #gone: boolean;
  #state: PodState = EMPTY_STATE;
  /** The runtime can have nothing of the pod: it need not be asked. */
  #isNew: boolean;
  #waiting = new Map<string, WaitingReason>();
  #status: coreV1.PodStatus;
  #stopped = false;
  #finished = false;
  #decree: PodEnd | undefined;
  /** Instead of the pod's own grace, when the node ends it. */
  #endGraceSeconds: number | undefined;
  #admitted = false;
  /** Why the node does not take the pod at all. */
  #refusal: Refusal | undefined;
  /** Containers are being ended: until that is over, only words about the pod change. */
  #isKilling = false;
  #sync = new AbortController();
  readonly #wakeUp = new WakeUp();
  #reportedStart = false;

  constructor(deps: PodWorkerDeps, { pod, gone = false, isNew = false }: { pod: Pod; gone?: boolean; isNew?: boolean }) {
    this.#deps = deps;
    this.#pod = pod;
    this.#gone = gone;
    this.#isNew = isNew;
    this.#seenAtMs = deps.clock.now();
    this.#status = pod.status ?? {};
    this.#paths = podPaths(pod, deps);
  }

  get pod(): Pod { return this.#pod; }
  get state(): PodState { return this.#state; }
  get status(): coreV1.PodStatus { return this.#status; }

  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    const [ends, ended] = [pod, before].map(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (ends === true && ended === false) this.#sync.abort();
    if (ends === true && ended === true && graceSeconds(pod) < graceSeconds(before)) this.#hurry.abort();
    if (pod.metadata.generation !== before.metadata.generation && this.isActive) this.#deps.allocations.consider(pod);
    // A status that only echoes ours, or times of others, changes nothing here.
    if (pod.metadata.generation !== before.metadata.generation || pod.metadata.deletionTimestamp !== before.metadata.deletionTimestamp || !sameInterest(pod, before)) this.wake();
  }

  /** The object is gone: what is left of the pod ends. */
  remove(): void {
    this.#gone = true;
    this.#sync.abort();
    if (this.#pod.metadata.deletionTimestamp !== undefined) this.#hurry.abort(); // deleted by force while it was ending
    this.wake();
  }

  /** The node ends the pod for good. Of two ends the first is told. */
  end(end: PodEnd, { graceSeconds: seconds }: { graceSeconds: number }): void {
    this.#decree ??= end;
    this.#endGraceSeconds = seconds;
    this.#sync.abort();
    this.wake();
  }

  /** The pod is to end, or has ended. */
  get isEnding(): boolean { return this.#ending() !== 'no'; }
  /** It is ending, and no container of it runs any more. */
  get hasStopped(): boolean { return this.#stopped; }
  /** The pod has been taken, and uses something of the node or will. */
  get isActive(): boolean { return this.#admitted && this.#refusal === undefined && !this.#stopped && !isTerminalPhase(this.#pod.status?.phase); }

  /** Something of the pod has changed: it is looked at anew. */
  wake(): void {
    if (this.#isKilling && !this.#gone) void this.#report(new AbortController().signal); // its readiness may have turned
    this.#wakeUp.ring();
  }

  /** Ends when the pod is removed, or on abort, which leaves its containers running. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = exponentialBackoff({ ...FAILURE_BACKOFF, rng: this.#deps.rng });
    while (!signal.aborted) {
      this.#wakeUp.take();
      const startMs = this.#deps.clock.monotonicNow();
      let waitMs: number | 'removed';
      try {
        waitMs = await this.#step(signal);
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.logger.warn('pod sync failed', { pod: this.#pod.metadata.name, namespace: this.#pod.metadata.namespace, error: errorMessage(error) });
        waitMs = backoff.next();
      }
      this.#deps.metrics.podWorkerDuration.observe({ operation_type: this.#ending() === 'no' ? 'sync' : 'terminating' }, (this.#deps.clock.monotonicNow() - startMs) / 1000);
      if (waitMs === 'removed') return;
      await this.#wakeUp.heardWithin({ clock: this.#deps.clock, ms: waitMs }, signal);
    }
  }

  /** Looks and acts once; resolves to when to look again. */
  async #step(signal: AbortSignal): Promise<number | 'removed'> {
    if (!this.#isNew) await this.#observe();
    this.#isNew = false;
    this.#checkDeadline();
    await this.#admit(signal);
    const ending = this.#ending();
    if (ending !== 'no') return this.#end(ending, signal);
    const pod = this.#deps.allocations.podFor(this.#pod);
    this.#deps.probes.update(pod, this.#state);
    const actions = computePodActions({
      pod, state: this.#state, probes: (id) => this.#deps.probes.view(id), restartAll: isRestartingAll(pod, this.#state, this.#status),
      needsRestartToResize: (container) => needsRestartToResize(container, this.#actuated),
    });
    if (actions.finished) {
      this.#finished = true;
      return this.#end('stop', signal);
    }
    this.#deps.allocations.setProgress(pod, isResizing(pod, this.#state, this.#actuated));
    void this.#report(signal); // the writer keeps the order; nothing here waits for it
    await this.#assertNetwork(pod);
    using sync = linkSignals(signal);
    this.#sync = sync;
    const { signal: inner } = sync;
    await this.#deps.references.acquire(pod, inner).catch((error: unknown) => { if (!inner.aborted) throw error; });
    if (inner.aborted) return 0;
    const result = await this.#act(pod, actions, inner);
    await this.#resize(pod);
    if (result.acted) {
      await this.#observe();
      this.#deps.probes.update(pod, this.#state);
      void this.#report(signal); // as above
      await pruneContainers(this.#deps.runtime, this.#state);
    }
    if (result.failure !== undefined) throw result.failure;
    // What comes next may be known already: after a sidecar the next container, after a removal the first one.
    const goesOn = actions.reset.length > 0 || initContainers(pod).some((one) => isSidecar(one) && result.started.includes(one.name));
    return goesOn ? 0 : this.#nextLookMs(result.retryAtMs);
  }

  async #act(pod: Pod, actions: PodActions, signal: AbortSignal): Promise<SyncResult> {
    const data = this.#deps.references.view(pod);
    const result = await this.#traced(pod, (deps) => syncPod(deps, {
      pod, state: this.#state, actions, data, paths: this.#paths, seenAtMs: this.#seenAtMs, signal,
      pullSecrets: (pod.spec?.imagePullSecrets ?? []).flatMap(({ name = '' }) => data.secret(name) ?? []),
      serviceVariables: this.#serviceVariables(),
    }));
    for (const name of result.started) this.#waiting.delete(name);
    for (const [name, reason] of result.waiting) this.#waiting.set(name, reason);
    return result;
  }

  /** With the kubelet's name for it and its attributes. */
  async #traced(pod: Pod, sync: (deps: PodWorkerDeps) => Promise<SyncResult>): Promise<SyncResult> {
    const { tracer, runtime } = this.#deps;
    const { uid = '', name, namespace = '' } = pod.metadata;
    const span = tracer?.begin('syncPod', { attributes: { 'k8s.pod.uid': uid, 'k8s.pod': `${namespace}/${name}`, 'k8s.pod.name': name, 'k8s.namespace.name': namespace } });
    if (span === undefined) return sync(this.#deps);
    let error: string | undefined = 'not finished';
    try {
      const result = await sync({ ...this.#deps, runtime: runtime.traced?.(span) ?? runtime });
      error = result.failure?.message;
      return result;
    } finally { span.end({ error }); }
  }

  readonly #actuated = (container?: string): coreV1.ResourceRequirements | undefined => this.#deps.allocations.actuated(podUid(this.#pod), container);

  /** Brings running containers to what is allocated to them. */
  async #resize(pod: Pod): Promise<void> {
    const resize = computeResize(pod, this.#state, this.#actuated);
    if (resize.cpu.length + resize.memory.length + resize.pod.length === 0) return;
    const { allocations } = this.#deps;
    const actuated: ResizeDeps['actuated'] = { ...this.#deps.actuated, get: (uid, name) => allocations.actuated(uid, name) };
    try {
      await resizePod({ ...this.#deps, actuated }, pod, resize);
      this.#wakeUp.ring(); // to see and tell that it is done
    } catch (error) {
      allocations.setError(pod, errorMessage(error));
      throw error;
    }
  }

  /** A sandbox that cannot get a network is not even tried. */
  async #assertNetwork(pod: Pod): Promise<void> {
    if (this.#state.sandboxes.some(({ ready }) => ready) || pod.spec?.hostNetwork === true) return;
    const problem = await this.#deps.networkProblem();
    if (problem === undefined) return;
    this.#deps.events.warning(pod, 'NetworkNotReady', `network is not ready: ${problem}`);
    throw new Error(`network is not ready: ${problem}`);
  }

  async #observe(): Promise<void> {
    this.#state = await observePod(this.#deps, podUid(this.#pod), this.#memory);
    for (const { name, phase } of this.#state.containers) if (phase === 'running') this.#waiting.delete(name);
  }

  /** A pod of which something was made before is not asked for again. */
  async #admit(signal: AbortSignal): Promise<void> {
    if (this.#admitted || this.#ending() !== 'no') return;
    const hasBegun = this.#state.sandboxes.length > 0;
    const refusal = (hasBegun ? undefined : await this.#deps.admit?.(this.#pod, signal)) ?? this.#deps.allocations.add(this.#pod, { hasBegun });
    this.#admitted = true;
    this.#refusal = refusal;
    if (refusal !== undefined) this.#deps.events.warning(this.#pod, refusal.reason, refusal.message);
  }

  #ending(): Ending {
    if (this.#gone || this.#pod.metadata.deletionTimestamp !== undefined) return 'remove';
    return this.#finished || this.#refusal !== undefined || this.#decree !== undefined || isTerminalPhase(this.#pod.status?.phase) ? 'stop' : 'no';
  }

  async #end(ending: Exclude<Ending, 'no'>, signal: AbortSignal): Promise<number | 'removed'> {
    if (ending === 'stop' && this.#stopped) return RESYNC_MS;
    const uid = podUid(this.#pod);
    const remove = ending === 'remove';
    this.#deps.probes.update(this.#pod, this.#state, { ending: true });
    this.#isKilling = true;
    try {
      await endPod(this.#deps, {
        pod: this.#pod, state: this.#state, paths: this.#paths, hurry: { signal: this.#hurry.signal, graceSeconds: () => Math.max(1, graceSeconds(this.#pod)) },
        remove, orphan: this.#gone, graceSeconds: this.#endGraceSeconds,
        observe: async () => { await this.#observe(); return this.#state; },
        report: (stopped) => this.#reportEnd(stopped, signal),
      });
    } finally { this.#isKilling = false; }
    this.#deps.probes.forgetPod(uid);
    this.#deps.images.forgetPod(uid);
    if (remove) await this.#deleteObject();
    await clearAway(this.#deps, { pod: this.#pod, state: this.#state, paths: this.#paths, remove });
    if (!remove) return RESYNC_MS;
    this.#deps.statuses.forgetPod(uid);
    this.#deps.references.release(uid);
    this.#deps.allocations.forgetPod(uid);
    return 'removed';
  }

  async #reportEnd(stopped: boolean, signal: AbortSignal): Promise<void> {
    if (stopped) {
      this.#stopped = true;
      this.#isKilling = false;
      if (this.#ending() === 'stop') this.#deps.allocations.forgetPod(podUid(this.#pod)); // others may have its share
    }
    if (!this.#gone) await this.#report(signal);
  }

  async #deleteObject(): Promise<void> {
    if (this.#gone) return;
    const { name, namespace } = this.#pod.metadata;
    try {
      await this.#deps.client.delete(coreV1Resources.pods, { name, namespace }, { gracePeriodSeconds: 0, uid: podUid(this.#pod) });
    } catch (error) {
      const another = error instanceof Error && 'code' in error && error.code === 409; // a new pod has taken the name
      if (!isNotFound(error) && !another) throw error;
    }
  }

  /** Resolves once the present status is written. */
  #report(signal: AbortSignal): Promise<void> {
    const { clock, config, probes, statuses, metrics, allocations, runtimeName } = this.#deps;
    this.#status = this.#refusal !== undefined ? this.#refusedStatus(this.#refusal) : computePodStatus({
      pod: allocations.podFor(this.#pod), state: this.#state, waiting: this.#waiting, readiness: (id) => probes.view(id), previous: this.#status, ending: this.#stopped,
      decree: this.#decree, hostIps: config.hostIps, startedAtMs: this.#seenAtMs, nowMs: clock.now(), actuated: this.#actuated,
      resize: allocations.conditions(podUid(this.#pod)), runtimeName, recursiveReadOnly: this.#deps.recursiveReadOnly(this.#pod),
    });
    if (!this.#reportedStart && this.#status.phase === 'Running') {
      this.#reportedStart = true;
      metrics.podStartDuration.observe((clock.now() - this.#seenAtMs) / 1000);
    }
    return statuses.set(this.#pod, this.#status, signal);
  }

  /** All that is said of a pod that was never taken. */
  #refusedStatus({ reason, message }: Refusal): coreV1.PodStatus {
    const { generation } = this.#pod.metadata;
    return {
      phase: 'Failed', reason, message: `Pod was rejected: ${message}`, qosClass: qosClass(this.#pod), startTime: this.#status.startTime ?? toRfc3339(this.#seenAtMs),
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  }

  #checkDeadline(): void {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || seconds === null || this.#decree !== undefined || this.#finished) return;
    if (this.#deps.clock.now() < this.#startMs() + seconds * 1000) return;
    this.#decree = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
    this.#deps.events.normal(this.#pod, 'DeadlineExceeded', this.#decree.message);
  }

  #startMs(): number { return this.#status.startTime === undefined ? this.#seenAtMs : Date.parse(this.#status.startTime); }

  #nextLookMs(retryAtMs: number | undefined): number {
    const nowMs = this.#deps.clock.now();
    const deadline = this.#pod.spec?.activeDeadlineSeconds;
    const times = [nowMs + RESYNC_MS, retryAtMs ?? Infinity, deadline === undefined || deadline === null ? Infinity : this.#startMs() + deadline * 1000];
    return Math.max(0, Math.min(...times) - nowMs);
  }

  #serviceVariables(): ReadonlyMap<string, string> {
    return serviceVariables(visibleServices(this.#deps.services(), { namespace: this.#pod.metadata.namespace ?? '', serviceLinks: this.#pod.spec?.enableServiceLinks !== false }));
  }
}

/** Whether nothing that the pod's files or conditions are made from differs. */
function sameInterest(a: Pod, b: Pod): boolean {
  const interest = ({ metadata, status }: Pod): string => JSON.stringify([metadata.labels, metadata.annotations, status?.phase, status?.conditions?.map(({ type, status: value }) => [type, value])]);
  return a === b || interest(a) === interest(b);
}

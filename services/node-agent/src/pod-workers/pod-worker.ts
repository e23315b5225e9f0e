import { isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, exponentialBackoff, onAbort, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { NodeMetrics } from '../metrics.ts';
import { graceSeconds, isTerminalPhase, type Pod, podUid } from '../pod/pod-facts.ts';
import { type PodPaths, podPaths } from '../pod/pod-paths.ts';
import { serviceVariables, visibleServices } from '../pod/service-variables.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import { computePodActions } from '../runtime/compute-pod-actions.ts';
import { emptyMemory, type ObservationMemory, observePod, type ObserverDeps } from '../runtime/observe-pod.ts';
import { EMPTY_STATE, type PodState } from '../runtime/pod-state.ts';
import type { RemoveCgroup } from '../runtime/remove-cgroups.ts';
import { syncPod, type SyncDeps } from '../runtime/sync-pod.ts';
import type { WaitingReason } from '../status/compute-container-statuses.ts';
import { computePodStatus } from '../status/compute-pod-status.ts';
import type { StatusWriter } from '../status/status-writer.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import { clearAway, endPod } from './end-pod.ts';
import { type Admit, endOfRefused, type PodEnd } from './pod-end.ts';
import { pruneContainers } from './prune-containers.ts';
import type { ReferencedObjects } from './referenced-objects.ts';

export interface PodWorkerDeps extends SyncDeps, ObserverDeps {
  runtime: SyncDeps['runtime'];
  client: Client;
  rng: Rng;
  metrics: NodeMetrics;
  probes: Pick<ProbeManager, 'update' | 'view' | 'forgetPod'>;
  statuses: Pick<StatusWriter, 'set' | 'forgetPod'>;
  volumes: Pick<VolumeManager, 'mount' | 'unmountAll'>;
  references: Pick<ReferencedObjects, 'acquire' | 'view' | 'release'>;
  services: () => readonly Readonly<coreV1.Service>[];
  removeCgroup: RemoveCgroup;
  /** All pods are taken without. */
  admit?: Admit;
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
  #waiting = new Map<string, WaitingReason>();
  #status: coreV1.PodStatus;
  #stopped = false;
  #finished = false;
  #decree: { phase: 'Failed'; reason: string; message: string } | undefined;
  /** Instead of the pod's own grace, when the node ends it. */
  #endGraceSeconds: number | undefined;
  #admitted = false;
  #sync = new AbortController();
  #woken = false;
  #wakeUp: (() => void) | undefined;
  #reportedStart = false;

  constructor(deps: PodWorkerDeps, { pod, gone = false }: { pod: Pod; gone?: boolean }) {
    this.#deps = deps;
    this.#pod = pod;
    this.#gone = gone;
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
    if (pod.metadata.deletionTimestamp !== undefined && before.metadata.deletionTimestamp === undefined) this.#sync.abort();
    if (pod.metadata.deletionTimestamp !== undefined && before.metadata.deletionTimestamp !== undefined && graceSeconds(pod) < graceSeconds(before)) this.#hurry.abort();
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
  end(end: PodEnd, { graceSeconds }: { graceSeconds: number }): void {
    this.#decree ??= end;
    this.#endGraceSeconds = graceSeconds;
    this.#sync.abort();
    this.wake();
  }

  /** The pod is to end, or has ended. */
  get isEnding(): boolean { return this.#ending() !== 'no'; }
  /** It is ending, and no container of it runs any more. */
  get hasStopped(): boolean { return this.#stopped; }

  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
  }

  /** Ends when the pod is removed, or on abort, which leaves its containers running. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = exponentialBackoff({ ...FAILURE_BACKOFF, rng: this.#deps.rng });
    while (!signal.aborted) {
      this.#woken = false;
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
      await this.#sleep(waitMs, signal);
    }
  }

  /** Looks and acts once; resolves to when to look again. */
  async #step(signal: AbortSignal): Promise<number | 'removed'> {
    await this.#observe();
    this.#checkDeadline();
    await this.#admit(signal);
    const ending = this.#ending();
    if (ending !== 'no') return this.#end(ending, signal);
    const actions = computePodActions({ pod: this.#pod, state: this.#state, probes: (id) => this.#deps.probes.view(id) });
    if (actions.finished) {
      this.#finished = true;
      return this.#end('stop', signal);
    }
    this.#deps.probes.update(this.#pod, this.#state);
    void this.#report(signal); // the writer keeps the order; nothing here waits for it
    this.#sync = new AbortController();
    const inner = AbortSignal.any([signal, this.#sync.signal]);
    await this.#deps.references.acquire(this.#pod, inner).catch((error: unknown) => { if (!inner.aborted) throw error; });
    if (inner.aborted) return 0;
    const data = this.#deps.references.view(this.#pod);
    const result = await syncPod(this.#deps, {
      pod: this.#pod, state: this.#state, actions, data, paths: this.#paths, seenAtMs: this.#seenAtMs, signal: inner,
      pullSecrets: (this.#pod.spec?.imagePullSecrets ?? []).flatMap(({ name = '' }) => data.secret(name) ?? []),
      serviceVariables: this.#serviceVariables(),
    });
    for (const name of result.started) this.#waiting.delete(name);
    for (const [name, reason] of result.waiting) this.#waiting.set(name, reason);
    if (result.acted) {
      await this.#observe();
      this.#deps.probes.update(this.#pod, this.#state);
      void this.#report(signal); // as above
      await pruneContainers(this.#deps.runtime, this.#state);
    }
    if (result.failure !== undefined) throw result.failure;
    return this.#nextLookMs(result.retryAtMs);
  }

  async #observe(): Promise<void> {
    this.#state = await observePod(this.#deps, podUid(this.#pod), this.#memory);
    for (const { name, phase } of this.#state.containers) if (phase === 'running') this.#waiting.delete(name);
  }

  /** A pod of which something was made before is not asked for again. */
  async #admit(signal: AbortSignal): Promise<void> {
    if (this.#admitted || this.#state.sandboxes.length > 0 || this.#ending() !== 'no') return;
    const refusal = await this.#deps.admit?.(this.#pod, signal);
    this.#admitted = true;
    if (refusal === undefined) return;
    this.#decree ??= endOfRefused(refusal);
    this.#deps.events.warning(this.#pod, refusal.reason, refusal.message);
  }

  #ending(): Ending {
    if (this.#gone || this.#pod.metadata.deletionTimestamp !== undefined) return 'remove';
    return this.#finished || this.#decree !== undefined || isTerminalPhase(this.#pod.status?.phase) ? 'stop' : 'no';
  }

  async #end(ending: Exclude<Ending, 'no'>, signal: AbortSignal): Promise<number | 'removed'> {
    if (ending === 'stop' && this.#stopped) return RESYNC_MS;
    const remove = ending === 'remove';
    await endPod(this.#deps, {
      pod: this.#pod, state: this.#state, paths: this.#paths, hurry: this.#hurry.signal, remove, orphan: this.#gone, graceSeconds: this.#endGraceSeconds,
      observe: async () => { await this.#observe(); return this.#state; },
      report: (stopped) => { this.#stopped ||= stopped; return this.#gone ? Promise.resolve() : this.#report(signal); },
    });
    if (remove) await this.#deleteObject();
    await clearAway(this.#deps, { pod: this.#pod, state: this.#state, paths: this.#paths, remove });
    if (!remove) return RESYNC_MS;
    const uid = podUid(this.#pod);
    this.#deps.probes.forgetPod(uid);
    this.#deps.statuses.forgetPod(uid);
    this.#deps.references.release(uid);
    return 'removed';
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
    const { clock, config, probes, statuses, metrics } = this.#deps;
    this.#status = computePodStatus({
      pod: this.#pod, state: this.#state, waiting: this.#waiting, readiness: (id) => probes.view(id), previous: this.#status, ending: this.#stopped,
      decree: this.#decree, hostIp: config.hostIp, startedAtMs: this.#seenAtMs, nowMs: clock.now(),
    });
    if (!this.#reportedStart && this.#status.phase === 'Running') {
      this.#reportedStart = true;
      metrics.podStartDuration.observe((clock.now() - this.#seenAtMs) / 1000);
    }
    return statuses.set(this.#pod, this.#status, signal);
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

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#woken || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        timer[Symbol.dispose]();
        link[Symbol.dispose]();
        this.#wakeUp = undefined;
        resolve();
      };
      const timer = this.#deps.clock.after(ms, finish);
      const link = onAbort(signal, () => finish());
      this.#wakeUp = finish;
    });
  }
}

/** Whether nothing that the pod's files or conditions are made from differs. */
function sameInterest(a: Pod, b: Pod): boolean {
  const interest = ({ metadata, status }: Pod): string => JSON.stringify([metadata.labels, metadata.annotations, status?.phase, status?.conditions?.map(({ type, status: value }) => [type, value])]);
  return a === b || interest(a) === interest(b);
}

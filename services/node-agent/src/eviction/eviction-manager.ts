import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { isCriticalPod } from '../pod/pod-origin.ts';
import { terminationByKubelet } from '../pod-workers/pod-end.ts';
import { assessPressure, crossedThresholds, NO_PRESSURE, type PressureState } from './assess-pressure.ts';
import type { EvictionMetrics } from './eviction-metrics.ts';
import { evictionMessage } from './eviction-message.ts';
import { exceededLimit, hasStorageLimit } from './local-storage-limits.ts';
import { rankPods } from './rank-pods.ts';
import { type NodeSnapshot, type PressureCondition, type PodUse, type Signal, type SignalSource, signalFacts } from './signals.ts';
import type { Threshold } from './thresholds.ts';

/** How an evicted pod's status is to read. */
export interface EvictionWords { reason: string; message: string; conditions?: readonly coreV1.PodCondition[] }

export interface EvictionManagerDeps {
  source: SignalSource;
  /** Pods with something running, that do not end yet. */
  activePods: () => readonly Pod[];
  /** Ends a pod for good; resolves once its containers are gone, or after a while. */
  evict: (pod: Pod, words: EvictionWords, options: { graceSeconds: number; signal: AbortSignal }) => Promise<void>;
  events: { node(reason: string, message: string): void; pod(pod: Pod, reason: string, message: string, annotations: Readonly<Record<string, string>>): void };
  /** Frees what no pod needs, containers' records first. */
  reclaim: { containers(): Promise<void>; images(): Promise<void> };
  /** Told when what the node is short of has changed. */
  onPressure: () => void;
  metrics: EvictionMetrics;
  clock: Clock;
  logger: Logger;
  thresholds: readonly Threshold[];
  transitionMs: number;
  /** The longest grace that a soft threshold leaves to a pod. */
  maxPodGraceSeconds: number;
}

const LOOK_EVERY_MS = 10_000;
const IMMEDIATE_GRACE_SECONDS = 1;

/** Watches what the node is running out of, and ends pods before the kernel does: one at a time, the most excessive of the least priority. */
export class EvictionManager {
  readonly #deps: EvictionManagerDeps;
  #pressure: PressureState = NO_PRESSURE;

  constructor(deps: EvictionManagerDeps) { this.#deps = deps; }

  /** What the node is short of now. */
  get conditions(): readonly PressureCondition[] { return this.#pressure.conditions; }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    while (!signal.aborted) {
      let evicted = false;
      try { evicted = await this.look(signal); } catch (error) {
        if (signal.aborted) return;
        logger.warn('cannot look for pressure', { error: errorMessage(error) });
      }
      if (!evicted) await clock.sleep(LOOK_EVERY_MS, { signal }); // else there may be more to do at once
    }
  }

  /** Looks once, and acts; whether a pod was evicted. */
  async look(signal: AbortSignal): Promise<boolean> {
    const { source, thresholds, transitionMs, clock, activePods } = this.#deps;
    const snapshot = await source.observe();
    const nowMs = clock.monotonicNow();
    this.#assess(assessPressure({ thresholds: withContainerFs(thresholds, snapshot), snapshot, before: this.#pressure, transitionMs, nowMs }));
    const pods = activePods();
    if (await this.#enforceLimits(pods, snapshot, signal)) return true;
    const [first] = this.#pressure.met;
    return first !== undefined && this.#relieve(first, { snapshot, pods, nowMs, signal });
  }

  #assess(pressure: PressureState): void {
    const changed = pressure.conditions.join() !== this.#pressure.conditions.join();
    this.#pressure = pressure;
    if (changed) this.#deps.onPressure();
  }

  /** Pods beyond their own limits of local storage go, whatever the node has left. */
  async #enforceLimits(pods: readonly Pod[], { layout }: NodeSnapshot, signal: AbortSignal): Promise<boolean> {
    const limited = pods.filter(hasStorageLimit);
    const use = await this.#deps.source.podUse(limited, signal);
    const excessive = limited.flatMap((pod) => {
      const found = use.get(podUid(pod));
      const excess = found && exceededLimit(pod, found, layout);
      return excess === undefined ? [] : [{ pod, excess }];
    });
    const ended = await Promise.all(excessive.map(({ pod, excess }) => this.#evict(pod, { metric: excess.signal, message: excess.message, annotations: {}, graceSeconds: IMMEDIATE_GRACE_SECONDS, disrupted: false }, signal)));
    return ended.includes(true);
  }

  async #relieve(threshold: Threshold, { snapshot, pods, nowMs, signal }: { snapshot: NodeSnapshot; pods: readonly Pod[]; nowMs: number; signal: AbortSignal }): Promise<boolean> {
    const { events, logger, source, metrics, clock, maxPodGraceSeconds } = this.#deps;
    const { resource } = signalFacts[threshold.signal];
    events.node('EvictionThresholdMet', `Attempting to reclaim ${resource}`);
    if (await this.#reclaim(threshold.signal, snapshot)) return false;
    if (pods.length === 0) { logger.warn('the node is under pressure, but no pod is there to be evicted', { resource }); return false; }
    const use: ReadonlyMap<string, PodUse> = await source.podUse(pods, signal);
    for (const { signal: name } of this.#pressure.met) metrics.decidedOn(name, (clock.monotonicNow() - nowMs) / 1000);
    for (const pod of rankPods({ signal: threshold.signal, pods, use, layout: snapshot.layout })) {
      const { message, annotations } = evictionMessage({ resource, pod, use: use.get(podUid(pod)), met: this.#pressure.met, observations: snapshot.observations });
      const graceSeconds = threshold.graceMs === 0 ? IMMEDIATE_GRACE_SECONDS : Math.min(maxPodGraceSeconds, pod.spec?.terminationGracePeriodSeconds ?? maxPodGraceSeconds);
      if (await this.#evict(pod, { metric: threshold.signal, message, annotations, graceSeconds, disrupted: true }, signal)) return true;
    }
    logger.warn('the node is under pressure, but no pod may be evicted', { resource });
    return false;
  }

  /** Frees disk that no pod needs; whether that was enough. */
  async #reclaim(signal: Signal, { layout }: NodeSnapshot): Promise<boolean> {
    const { reclaim, source, thresholds, logger } = this.#deps;
    const steps = reclaimable(signal, layout);
    if (steps.length === 0) return false;
    for (const step of steps) {
      try { await reclaim[step](); } catch (error) { logger.warn('cannot reclaim', { step, error: errorMessage(error) }); } // what is left goes by pods
    }
    const after = await source.observe();
    return crossedThresholds(withContainerFs(thresholds, after), after.observations, { withReclaim: true }).length === 0;
  }

  async #evict(pod: Pod, { metric, message, annotations, graceSeconds, disrupted }: Eviction, signal: AbortSignal): Promise<boolean> {
    const { events, evict, metrics, logger, clock } = this.#deps;
    if (isCriticalPod(pod)) { logger.warn('a critical pod is not evicted', { pod: `${pod.metadata.namespace ?? ''}/${pod.metadata.name}` }); return false; }
    events.pod(pod, 'Evicted', message, annotations);
    metrics.evicted(metric);
    const conditions = disrupted ? [terminationByKubelet(message, clock.now())] : undefined;
    await evict(pod, { reason: 'Evicted', message, ...(conditions && { conditions }) }, { graceSeconds, signal });
    return true;
  }
}

interface Eviction { metric: string; message: string; annotations: Readonly<Record<string, string>>; graceSeconds: number; disrupted: boolean }

/** Containers' writable layers are watched by the thresholds of the disk that they lie on. */
export function withContainerFs(thresholds: readonly Threshold[], { layout }: Pick<NodeSnapshot, 'layout'>): readonly Threshold[] {
  const onImages = layout.dedicatedImageFs && !layout.splitContainerFs;
  const from = onImages ? 'imagefs' : 'nodefs';
  const others = thresholds.filter(({ signal }) => !signal.startsWith('containerfs'));
  const copies = others.filter(({ signal }) => signal.startsWith(from)).map((threshold): Threshold => ({ ...threshold, signal: threshold.signal.endsWith('inodesFree') ? 'containerfs.inodesFree' : 'containerfs.available' }));
  return [...others, ...copies];
}

/** What can be freed on the disk that the signal is about without ending a pod. */
function reclaimable(signal: Signal, { dedicatedImageFs, splitContainerFs }: NodeSnapshot['layout']): readonly ('containers' | 'images')[] {
  if (signalFacts[signal].condition !== 'DiskPressure') return [];
  if (!dedicatedImageFs) return ['containers', 'images'];
  if (splitContainerFs) return signal.startsWith('imagefs') ? ['images'] : ['containers'];
  return signal.startsWith('nodefs') ? [] : ['containers', 'images'];
}

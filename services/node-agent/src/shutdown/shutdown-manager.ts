import { type Clock, onAbort } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Pod } from '../pod/pod-facts.ts';
import { type PodEnd, terminationByKubelet } from '../pod-workers/pod-end.ts';
import { type ShutdownGrace, type ShutdownGroup, shutdownGroups } from './shutdown-groups.ts';
import type { ShutdownMetrics } from './shutdown-metrics.ts';

export interface ShutdownManagerDeps {
  graces: readonly ShutdownGrace[];
  /** Pods with something running, that do not end yet. */
  activePods: () => readonly Pod[];
  end: (pod: Pod, end: PodEnd, graceSeconds: number) => void;
  hasStopped: (pod: Pod) => boolean;
  /** Told that the node takes no pods any more. */
  onShutdown: () => void;
  metrics: ShutdownMetrics;
  clock: Clock;
  logger: Logger;
}

const REASON = 'Terminated';
const MESSAGE = 'Pod was terminated in response to imminent node shutdown.';
const POLL_MS = 100;

/** Ends the pods of a host that is about to shut down, the least important first, each group within its time. */
export class ShutdownManager {
  readonly #deps: ShutdownManagerDeps;
  #inProgress = false;

  constructor(deps: ShutdownManagerDeps) { this.#deps = deps; }

  /** The node is not ready, and takes no pods. */
  get inProgress(): boolean { return this.#inProgress; }

  /** Resolves once the host's shutdown was announced and all pods had their time; or when aborted. */
  async run(hostShutdown: AbortSignal, signal: AbortSignal): Promise<'ended' | 'aborted'> {
    const { graces, activePods, onShutdown, clock, logger, metrics } = this.#deps;
    await new Promise<void>((resolve) => { onAbort(hostShutdown, resolve); onAbort(signal, resolve); });
    if (signal.aborted || graces.length === 0) return 'aborted';
    logger.info('the host shuts down: pods are ended');
    metrics.started(clock.now() / 1000);
    this.#inProgress = true;
    onShutdown();
    for (const group of shutdownGroups(graces, activePods())) await this.#endGroup(group, signal);
    metrics.ended(clock.now() / 1000);
    return 'ended';
  }

  async #endGroup({ pods, graceSeconds }: ShutdownGroup, signal: AbortSignal): Promise<void> {
    const { end, hasStopped, clock, logger } = this.#deps;
    const endMs = clock.monotonicNow() + graceSeconds * 1000;
    for (const pod of pods) end(pod, endOf(clock.now()), Math.min(graceSeconds, pod.spec?.terminationGracePeriodSeconds ?? graceSeconds));
    while (!pods.every(hasStopped)) {
      if (clock.monotonicNow() >= endMs) { logger.warn('pods did not end in time for the shutdown of the host', { pods: pods.filter((pod) => !hasStopped(pod)).length, graceSeconds }); return; }
      await clock.sleep(POLL_MS, { signal });
    }
  }
}

function endOf(nowMs: number): PodEnd {
  return { phase: 'Failed', reason: REASON, message: MESSAGE, conditions: [terminationByKubelet(MESSAGE, nowMs)] };
}

import { type Clock, type TaskGroup } from '@kubernode/base';
import type { EventRecorder } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import { judgePod, withoutPod } from '../admission/node-admission.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { createEvictionMetrics, type EvictionMetrics } from '../eviction/eviction-metrics.ts';
import { EvictionManager } from '../eviction/eviction-manager.ts';
import { createHostSignals } from '../eviction/host-signals.ts';
import type { SignalSource } from '../eviction/signals.ts';
import { ContainerCollector } from '../garbage-collection/container-collector.ts';
import { removeOrphanedCgroups } from '../garbage-collection/orphaned-cgroups.ts';
import { removeOrphanedDirectories } from '../garbage-collection/orphaned-directories.ts';
import type { PodPresence } from '../garbage-collection/select-garbage.ts';
import { ImageCollector } from '../images/image-collector.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import { allocatable } from '../node/node-resources.ts';
import { graceSeconds, isTerminalPhase, type Pod, podUid } from '../pod/pod-facts.ts';
import { type PodEnd, type Refusal, terminationByKubelet } from '../pod-workers/pod-end.ts';
import type { PodWorker } from '../pod-workers/pod-worker.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { removeCgroup } from '../cgroups/hierarchies.ts';
import { ShutdownManager } from '../shutdown/shutdown-manager.ts';
import { createShutdownMetrics } from '../shutdown/shutdown-metrics.ts';
import { CgroupFiles } from '../stats/cgroup-files.ts';
import { filesystemUsage } from '../stats/filesystem-usage.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { ImageParts } from './assemble-images.ts';
import type { NodeConfig } from './node-config.ts';

export interface CareDeps {
  config: NodeConfig;
  facts: NodeFacts;
  runtime: CriRuntime;
  registry: Registry;
  recorder: Pick<EventRecorder, 'event'>;
  clock: Clock;
  logger: Logger;
  images: ImageParts;
  volumes: Pick<VolumeManager, 'unmountAll'>;
  workers: () => PodWorkers;
  /** Looks at the node's conditions now. */
  onPressure: () => void;
  /** The host's own figures without. */
  signals?: SignalSource | undefined;
}

/** What keeps the node itself in order, and decides which pods it takes. */
export interface NodeCare {
  eviction: EvictionManager;
  containers: ContainerCollector;
  imageCollector: ImageCollector;
  shutdown: ShutdownManager;
  admit: (pod: Pod, signal: AbortSignal) => Promise<Refusal | undefined>;
}

const EVICTION_WAIT_MS = 30_000;
const POLL_MS = 100;

export function assembleNodeCare(deps: CareDeps): NodeCare {
  const { config, registry, clock, logger } = deps;
  const metrics = createEvictionMetrics(registry);
  const containers = assembleContainerCollector(deps);
  const imageCollector = assembleImageCollector(deps);
  const eviction = new EvictionManager({
    ...config.eviction, clock, logger, metrics, onPressure: deps.onPressure, activePods: () => activePods(deps.workers()),
    source: deps.signals ?? createHostSignals({ runtime: deps.runtime, cgroups: new CgroupFiles(), cgroupRoot: config.cgroupRoot, rootDir: config.rootDir, podLogsDir: config.podLogsDir, clock }),
    reclaim: { containers: () => containers.collect({ alsoEnded: true }), images: () => imageCollector.deleteUnused() },
    evict: (pod, words, { graceSeconds: seconds, signal }) => endAndWait(deps, pod, { end: { phase: 'Failed', ...words }, seconds, signal }),
    events: {
      node: (reason, message) => { nodeEvent(deps, reason, message); },
      pod: (pod, reason, message, annotations) => { deps.recorder.event({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata }, 'Warning', reason, message, annotations); },
    },
  });
  const shutdown = new ShutdownManager({
    graces: config.shutdown, clock, logger, metrics: createShutdownMetrics(registry), onShutdown: deps.onPressure, activePods: () => activePods(deps.workers()),
    end: (pod, end, seconds) => { deps.workers().get(podUid(pod))?.end(end, { graceSeconds: seconds }); }, hasStopped: (pod) => hasStopped(deps.workers().get(podUid(pod))),
  });
  return { eviction, containers, imageCollector, shutdown, admit: admission(deps, { eviction, shutdown, metrics }) };
}

/** Runs all of it; the host's shutdown, once its pods have ended, ends the group. */
export function startNodeCare({ care, hostShutdown, group }: { care: NodeCare; hostShutdown: AbortSignal | undefined; group: TaskGroup }): void {
  group.spawn((signal) => care.eviction.run(signal));
  group.spawn((signal) => care.containers.run(signal));
  group.spawn((signal) => care.imageCollector.run(signal));
  if (hostShutdown === undefined) return;
  group.spawn(async (signal) => { if (await care.shutdown.run(hostShutdown, signal) === 'ended') group.stop(); });
}

function nodeEvent({ recorder, facts: { name } }: CareDeps, reason: string, message: string): void {
  recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }, 'Warning', reason, message);
}

/** Those with something running. */
function activePods(workers: PodWorkers): readonly Pod[] {
  return workers.list().filter((worker) => worker.isActive && !worker.isEnding && worker.state.sandboxes.length > 0 && !isTerminalPhase(worker.status.phase)).map(({ pod }) => pod);
}

const hasStopped = (worker: PodWorker | undefined): boolean => worker === undefined || worker.hasStopped;

async function endAndWait({ workers, clock }: CareDeps, pod: Pod, { end, seconds, signal }: { end: PodEnd; seconds: number; signal: AbortSignal }): Promise<void> {
  const worker = workers().get(podUid(pod));
  worker?.end(end, { graceSeconds: seconds });
  const untilMs = clock.monotonicNow() + seconds * 1000 + EVICTION_WAIT_MS;
  while (!hasStopped(worker) && workers().get(podUid(pod)) === worker && clock.monotonicNow() < untilMs) await clock.sleep(POLL_MS, { signal });
}

function assembleContainerCollector(deps: CareDeps): ContainerCollector {
  const { config, runtime, clock, logger, volumes } = deps;
  const isKnown = (uid: string): boolean => deps.workers().get(uid) !== undefined;
  return new ContainerCollector({
    runtime, clock, logger, presence: (uid) => presenceOf(deps.workers().get(uid)), podsKnown: () => deps.workers().allKnown,
    onFailure: (message) => { nodeEvent(deps, 'ContainerGCFailed', message); },
    removeOrphans: async () => {
      await removeOrphanedDirectories({ rootDir: config.rootDir, podLogsDir: config.podLogsDir, containerLogsDir: config.containerLogsDir, isKnown, unmountAll: (uid) => volumes.unmountAll(uid), logger });
      await removeOrphanedCgroups({ cgroupRoot: config.cgroupRoot, isKnown, removeCgroup, nowMs: clock.now() });
    },
  });
}

function presenceOf(worker: PodWorker | undefined): PodPresence {
  if (worker === undefined) return 'removed';
  return worker.hasStopped ? 'ended' : 'running';
}

function assembleImageCollector(deps: CareDeps): ImageCollector {
  const { config, runtime, images: { records, metrics }, clock, logger } = deps;
  return new ImageCollector({
    runtime, policy: config.images.policy, records, metrics, clock, logger, warn: (reason, message) => { nodeEvent(deps, reason, message); },
    volumeImages: () => deps.workers().list().flatMap(({ pod }) => (pod.spec?.volumes ?? []).flatMap(({ image }) => image?.reference ?? [])),
    disk: async () => {
      const mountpoint = (await runtime.imageStorage()).images[0]?.mountpoint ?? config.rootDir;
      const disk = await filesystemUsage(mountpoint, clock.now());
      return { capacity: disk?.capacityBytes ?? 0, available: disk?.availableBytes ?? 0 };
    },
  });
}

interface AdmissionParts { eviction: EvictionManager; shutdown: ShutdownManager; metrics: EvictionMetrics }

/** Judges pods one at a time, so that two do not count on the same room. */
function admission(deps: CareDeps, { eviction, shutdown, metrics }: AdmissionParts): NodeCare['admit'] {
  const { facts, runtime, clock } = deps;
  const admitted = new Set<string>();
  return async (pod, signal) => {
    const strict = pod.spec?.securityContext?.supplementalGroupsPolicy === 'Strict';
    const supplementalGroupsPolicy = strict && (await runtime.status()).supplementalGroupsPolicy;
    const workers = deps.workers(); // from here to `admitted.add` nothing waits
    const taken = workers.list().filter((worker) => !hasStopped(worker) && (admitted.has(podUid(worker.pod)) || worker.state.sandboxes.length > 0));
    for (const uid of admitted) if (workers.get(uid) === undefined) admitted.delete(uid);
    const verdict = judgePod({
      pod, others: withoutPod(taken.map((worker) => worker.pod), pod), allocatable: allocatable(facts), pressure: eviction.conditions, shuttingDown: shutdown.inProgress,
      supplementalGroupsPolicy,
    });
    if (verdict.kind === 'refuse') return verdict.refusal;
    admitted.add(podUid(pod));
    if (verdict.kind === 'preempt') {
      await Promise.all(verdict.pods.map(async (victim) => {
        for (const { resource } of verdict.shortages) metrics.preempted(resource);
        deps.recorder.event({ apiVersion: 'v1', kind: 'Pod', metadata: victim.metadata }, 'Warning', 'Preempting', PREEMPTED);
        await endAndWait(deps, victim, { end: preemptionEnd(clock.now()), seconds: graceSeconds(victim), signal });
      }));
    }
    return undefined;
  };
}

const PREEMPTED = 'Preempted in order to admit critical pod';

function preemptionEnd(nowMs: number): PodEnd {
  const message = 'Pod was preempted by Kubelet to accommodate a critical pod.';
  return { phase: 'Failed', reason: 'Preempting', message: PREEMPTED, conditions: [terminationByKubelet(message, nowMs)] };
}

import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Clock } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { allContainers, type Pod, podUid } from '../pod/pod-facts.ts';
import { podPaths } from '../pod/pod-paths.ts';
import { cgroupParent, podsGroup } from '../pod/pod-cgroup-names.ts';
import { type CgroupFiles, parseLimit, readText } from '../stats/cgroup-files.ts';
import { readCgroupUsage } from '../stats/cgroup-usage.ts';
import { directoryUsage, filesystemUsage } from '../stats/filesystem-usage.ts';
import { isLocalVolume } from './local-storage-limits.ts';
import type { ContainerUse, DiskLayout, DiskUse, NodeSnapshot, Observation, PodUse, Signal, SignalSource } from './signals.ts';

export interface HostSignalsDeps {
  runtime: Pick<CriRuntime, 'imageStorage' | 'usage'>;
  cgroups: CgroupFiles;
  cgroupRoot: string;
  rootDir: string;
  podLogsDir: string;
  clock: Clock;
}

/** Figures of the host: control groups of either version, file systems, and what the runtime says of containers. */
export function createHostSignals(deps: HostSignalsDeps): SignalSource {
  return { observe: () => observe(deps), podUse: (pods, signal) => podUse(deps, pods, signal) };
}

async function observe(deps: HostSignalsDeps): Promise<NodeSnapshot> {
  const observations = new Map<Signal, Observation>();
  const set = (signal: Signal, observed: Observation | undefined): void => { if (observed !== undefined) observations.set(signal, observed); };
  set('memory.available', memoryOf(deps, '/', totalmem()));
  set('allocatableMemory.available', memoryOf(deps, podsGroup(deps.cgroupRoot), undefined));
  set('pid.available', processes());
  const storage = await deps.runtime.imageStorage().catch(() => ({ images: [], containers: [] })); // a runtime without the call keeps images on the node's disk
  const images = storage.images[0]?.mountpoint ?? deps.rootDir;
  const containers = storage.containers[0]?.mountpoint ?? images;
  const looks = new Map<string, Awaited<ReturnType<typeof filesystemUsage>>>(); // names of one directory have the figures of one look
  for (const [name, dir] of [['nodefs', deps.rootDir], ['imagefs', images], ['containerfs', containers]] as const) {
    const disk = looks.get(dir) ?? await filesystemUsage(dir, deps.clock.now());
    looks.set(dir, disk);
    set(`${name}.available`, disk && { available: disk.availableBytes, capacity: disk.capacityBytes });
    set(`${name}.inodesFree`, disk && { available: disk.inodesFree, capacity: disk.inodes });
  }
  return { observations, layout: await layoutOf({ node: deps.rootDir, images, containers }) };
}

/** Without a capacity, that of the group's limit: undefined where it has none. */
function memoryOf({ cgroups, clock }: HostSignalsDeps, group: string, capacity: number | undefined): Observation | undefined {
  const memory = readCgroupUsage(cgroups, group, clock.now())?.memory;
  const most = capacity ?? memory?.limitBytes;
  return memory === undefined || most === undefined ? undefined : { available: Math.max(0, most - memory.workingSetBytes), capacity: most };
}

/** Threads count as processes, as they do for the kernel's limit. */
function processes(): Observation | undefined {
  const limits = ['pid_max', 'threads-max'].map((name) => parseLimit(readText(`/proc/sys/kernel/${name}`))).filter((limit) => limit !== undefined);
  const running = /^\S+ \S+ \S+ \d+\/(\d+) /.exec(readText('/proc/loadavg') ?? '')?.[1];
  if (limits.length === 0 || running === undefined) return undefined;
  const capacity = Math.min(...limits);
  return { available: capacity - Number(running), capacity };
}

async function layoutOf({ node, images, containers }: { node: string; images: string; containers: string }): Promise<DiskLayout> {
  const [ofNode, ofImages, ofContainers] = await Promise.all([node, images, containers].map(async (dir) => (await stat(dir).catch(() => undefined))?.dev)); // not there yet: on no disk of its own
  const dedicatedImageFs = ofImages !== undefined && ofImages !== ofNode;
  return { dedicatedImageFs, splitContainerFs: dedicatedImageFs && ofContainers !== undefined && ofContainers !== ofImages };
}

async function podUse(deps: HostSignalsDeps, pods: readonly Pod[], signal: AbortSignal): Promise<ReadonlyMap<string, PodUse>> {
  if (pods.length === 0) return new Map();
  const usage = await deps.runtime.usage();
  const found = new Map<string, PodUse>();
  for (const pod of pods) {
    const uid = podUid(pod);
    const group = cgroupParent(pod, deps.cgroupRoot);
    const running = usage.filter((one) => one.podUid === uid);
    const containers: ContainerUse[] = [];
    for (const { name } of allContainers(pod)) {
      const { memoryBytes = 0, rootfsBytes = 0, rootfsInodes = 0 } = running.find((one) => one.name === name) ?? {};
      containers.push({ name, memoryBytes, rootfs: { bytes: rootfsBytes, inodes: rootfsInodes }, logs: await diskOf(path.join(podPaths(pod, deps).logs, name), signal) });
    }
    const memory = readCgroupUsage(deps.cgroups, group, deps.clock.now())?.memory;
    if (memory === undefined && running.length === 0) continue;
    found.set(uid, {
      uid, containers, volumes: await volumesOf(pod, deps, signal), processes: parseLimit(deps.cgroups.read('pids', group, 'pids.current')) ?? 0,
      memoryBytes: memory?.workingSetBytes ?? containers.reduce((sum, one) => sum + one.memoryBytes, 0),
    });
  }
  return found;
}

/** Directories of the host count for nobody: they outlive the pod. */
async function volumesOf(pod: Pod, deps: HostSignalsDeps, signal: AbortSignal): Promise<ReadonlyMap<string, DiskUse>> {
  const volumes = new Map<string, DiskUse>();
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.hostPath !== undefined || !(isLocalVolume(volume) || volume.emptyDir !== undefined)) continue;
    const plugin = volume.emptyDir !== undefined ? 'kubernetes.io~empty-dir' : 'kubernetes.io~configmap';
    volumes.set(volume.name, await diskOf(podPaths(pod, deps).volume(plugin, volume.name), signal));
  }
  return volumes;
}

async function diskOf(dir: string, signal: AbortSignal): Promise<DiskUse> {
  const { usedBytes, inodesUsed } = await directoryUsage(dir, signal);
  return { bytes: usedBytes, inodes: inodesUsed };
}

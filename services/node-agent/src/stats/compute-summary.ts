import { formatTime } from '@kubernode/apimachinery';
import type { DirectoryUsage, FilesystemUsage } from './filesystem-usage.ts';
import type { InterfaceUsage } from './network-usage.ts';
import type { ContainerFigures, GroupFigures, NodeFigures, PodFigures } from './node-stats.ts';
import type { ContainerStats, CpuStats, FsStats, GroupStats, InterfaceStats, MemoryStats, NetworkStats, NodeStatsSummary, PodStats, StatsSummary, SwapStats, VolumeStats } from './stats-summary.ts';
import type { StorageFigures } from './storage-stats.ts';
import type { VolumeFigures } from './volume-stats.ts';

/** What belongs to one pod beside its control groups. */
export interface PodParts {
  network: readonly InterfaceUsage[] | undefined;
  processCount: number | undefined;
  volumes: readonly VolumeFigures[];
  /** By container. */
  logs: ReadonlyMap<string, DirectoryUsage>;
  etcHosts: DirectoryUsage | undefined;
}

export interface SummaryInput {
  nodeName: string;
  nowMs: number;
  /** Of the machine. */
  memoryBytes: number;
  bootedAtMs: number;
  figures: NodeFigures;
  /** Without these the summary is of processors and memory alone. */
  storage?: StorageFigures;
  network?: readonly InterfaceUsage[] | undefined;
  processes?: { max: number; present: number } | undefined;
  /** By uid. */
  pods?: ReadonlyMap<string, PodParts>;
}

/** /stats/summary from what was found. Pure. */
export function computeSummary(input: SummaryInput): StatsSummary {
  return { node: nodeSummary(input), pods: input.figures.pods.map((pod) => podSummary(pod, input)) };
}

function nodeSummary({ nodeName, nowMs, memoryBytes, bootedAtMs, figures, storage, network, processes }: SummaryInput): NodeStatsSummary {
  const node = groupStats({ ...figures.node, startedAtMs: bootedAtMs });
  const workingSetBytes = node.memory?.workingSetBytes ?? 0;
  const imageFs = storage?.images && storedStats(storage.images, nowMs);
  const containerFs = storage?.containers && storedStats(storage.containers, nowMs);
  return {
    nodeName,
    systemContainers: figures.systems.map((one) => ({ name: one.name, ...groupStats(one) })),
    ...node,
    ...(node.memory && { memory: { ...node.memory, availableBytes: Math.max(0, memoryBytes - workingSetBytes) } }),
    ...(network && { network: networkStats(network, nowMs) }),
    ...(storage?.node && { fs: { ...filesystemStats(storage.node), usedBytes: storage.node.usedBytes, inodesUsed: storage.node.inodes - storage.node.inodesFree } }),
    ...(storage && { runtime: { ...(imageFs && { imageFs }), ...(containerFs && { containerFs }) } }),
    ...(processes && { rlimit: { time: formatTime(nowMs), maxpid: processes.max, curproc: processes.present } }),
  };
}

function podSummary(pod: PodFigures, { storage, pods, nowMs }: SummaryInput): PodStats {
  const parts = pods?.get(pod.uid);
  const containers = pod.containers.map((container) => containerSummary(container, { storage, logs: parts?.logs.get(container.name), nowMs }));
  const base: PodStats = { podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid }, ...groupStats(pod), containers };
  if (parts === undefined) return base;
  return {
    ...base,
    ...(parts.network && { network: networkStats(parts.network, nowMs) }),
    ...(parts.volumes.length > 0 && { volume: parts.volumes.map(volumeStats) }),
    ...(storage?.node && { 'ephemeral-storage': ephemeralStorage(storage.node, containers, parts) }),
    ...(parts.processCount !== undefined && { process_stats: { process_count: parts.processCount } }),
  };
}

function containerSummary(container: ContainerFigures, { storage, logs, nowMs }: { storage: StorageFigures | undefined; logs: DirectoryUsage | undefined; nowMs: number }): ContainerStats {
  const layer = storage?.layers.get(container.id);
  const rootfs = storage?.containers?.filesystem && layer && { ...filesystemStats(storage.containers.filesystem), time: formatTime(layer.atMs), usedBytes: layer.usedBytes, inodesUsed: layer.inodesUsed };
  const logStats = storage?.node && logs && { ...filesystemStats(storage.node), time: formatTime(nowMs), ...logs };
  return { name: container.name, ...groupStats(container), ...(rootfs && { rootfs }), ...(logStats && { logs: logStats }) };
}

/** What a pod has on the node's disk that goes when it goes. */
function ephemeralStorage(node: FilesystemUsage, containers: readonly ContainerStats[], { volumes, etcHosts }: PodParts): FsStats {
  const taken: { usedBytes?: number; inodesUsed?: number }[] = [
    ...containers.flatMap(({ rootfs, logs }) => [...(rootfs ? [rootfs] : []), ...(logs ? [logs] : [])]),
    ...volumes.filter(({ isEphemeral }) => isEphemeral), ...(etcHosts ? [etcHosts] : []),
  ];
  const sum = (field: 'usedBytes' | 'inodesUsed'): number => taken.reduce((total, one) => total + (one[field] ?? 0), 0);
  return { ...filesystemStats(node), usedBytes: sum('usedBytes'), inodesUsed: sum('inodesUsed') };
}

function groupStats({ usage, nanoCores, startedAtMs }: GroupFigures): GroupStats {
  const startTime = startedAtMs > 0 ? formatTime(startedAtMs) : null;
  if (usage === undefined) return { startTime };
  const time = formatTime(usage.atMs);
  const { cpu, memory } = usage;
  const cpuStats: CpuStats | undefined = cpu && { time, ...(nanoCores !== undefined && { usageNanoCores: nanoCores }), usageCoreNanoSeconds: cpu.usageNs };
  const memoryStats: MemoryStats | undefined = memory && {
    time, ...(memory.limitBytes !== undefined && { availableBytes: Math.max(0, memory.limitBytes - memory.workingSetBytes) }),
    usageBytes: memory.usageBytes, workingSetBytes: memory.workingSetBytes, rssBytes: memory.rssBytes, pageFaults: memory.pageFaults, majorPageFaults: memory.majorPageFaults,
  };
  const swap: SwapStats | undefined = memory && { time, ...(memory.swapLimitBytes !== undefined && { swapAvailableBytes: Math.max(0, memory.swapLimitBytes - memory.swapBytes) }), swapUsageBytes: memory.swapBytes };
  return { startTime, ...(cpuStats && { cpu: cpuStats }), ...(memoryStats && { memory: memoryStats }), ...(swap && { swap }) };
}

function filesystemStats({ atMs, availableBytes, capacityBytes, inodes, inodesFree }: FilesystemUsage): FsStats {
  return { time: formatTime(atMs), availableBytes, capacityBytes, inodesFree, inodes };
}

function storedStats({ filesystem, usedBytes }: NonNullable<StorageFigures['images']>, nowMs: number): FsStats {
  if (filesystem === undefined) return { time: formatTime(nowMs), usedBytes };
  return { ...filesystemStats(filesystem), usedBytes, inodesUsed: filesystem.inodes - filesystem.inodesFree };
}

function volumeStats({ name, claim, filesystem, usedBytes, inodesUsed }: VolumeFigures): VolumeStats {
  return { ...filesystemStats(filesystem), usedBytes, inodesUsed, name, ...(claim && { pvcRef: claim }) };
}

/** The interface that pods have in most networks is told as the pod's own. */
const MAIN_INTERFACE = 'eth0';

function networkStats(interfaces: readonly InterfaceUsage[], nowMs: number): NetworkStats {
  const all: InterfaceStats[] = interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({ name, rxBytes, rxErrors, txBytes, txErrors }));
  return { time: formatTime(nowMs), ...all.find(({ name }) => name === MAIN_INTERFACE), interfaces: all };
}

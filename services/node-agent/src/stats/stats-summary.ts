/** The shape of /stats/summary, `stats/v1alpha1` of the kubelet. Times are RFC 3339, in seconds. */

export interface CpuStats { time: string; usageNanoCores?: number; usageCoreNanoSeconds?: number }
export interface MemoryStats { time: string; availableBytes?: number; usageBytes?: number; workingSetBytes?: number; rssBytes?: number; pageFaults?: number; majorPageFaults?: number }
export interface SwapStats { time: string; swapAvailableBytes?: number; swapUsageBytes?: number }
export interface FsStats { time: string; availableBytes?: number; capacityBytes?: number; usedBytes?: number; inodesFree?: number; inodes?: number; inodesUsed?: number }
export interface InterfaceStats { name: string; rxBytes: number; rxErrors: number; txBytes: number; txErrors: number }
export interface NetworkStats extends Partial<InterfaceStats> { time: string; interfaces: readonly InterfaceStats[] }
export interface GroupStats { startTime: string | null; cpu?: CpuStats; memory?: MemoryStats; swap?: SwapStats }
export interface ContainerStats extends GroupStats { name: string; rootfs?: FsStats; logs?: FsStats }
export interface VolumeStats extends FsStats { name: string; pvcRef?: { name: string; namespace: string } }

export interface PodStats extends GroupStats {
  podRef: { name: string; namespace: string; uid: string };
  containers: readonly ContainerStats[];
  network?: NetworkStats;
  volume?: readonly VolumeStats[];
  'ephemeral-storage'?: FsStats;
  process_stats?: { process_count: number };
}

export interface NodeStatsSummary extends GroupStats {
  nodeName: string;
  systemContainers: readonly ContainerStats[];
  network?: NetworkStats;
  fs?: FsStats;
  runtime?: { imageFs?: FsStats; containerFs?: FsStats };
  rlimit?: { time: string; maxpid?: number; curproc?: number };
}

export interface StatsSummary { node: NodeStatsSummary; pods: readonly PodStats[] }

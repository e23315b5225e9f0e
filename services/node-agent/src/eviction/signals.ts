import type { coreV1 } from '@kubernode/api';

/** What is watched so that the node does not run out of it, by the kubelet's names. */
export type Signal =
  | 'memory.available' | 'allocatableMemory.available' | 'nodefs.available' | 'nodefs.inodesFree' | 'imagefs.available' | 'imagefs.inodesFree'
  | 'containerfs.available' | 'containerfs.inodesFree' | 'pid.available';

export type PressureCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';
/** What pods are ranked by, and what messages name. */
export type StarvedResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';

interface SignalFacts { condition: PressureCondition; resource: StarvedResource; /** Bytes, else a count. */ bytes: boolean }

export const signalFacts: Readonly<Record<Signal, SignalFacts>> = {
  'memory.available': { condition: 'MemoryPressure', resource: 'memory', bytes: true },
  'allocatableMemory.available': { condition: 'MemoryPressure', resource: 'memory', bytes: true },
  'nodefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage', bytes: true },
  'nodefs.inodesFree': { condition: 'DiskPressure', resource: 'inodes', bytes: false },
  'imagefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage', bytes: true },
  'imagefs.inodesFree': { condition: 'DiskPressure', resource: 'inodes', bytes: false },
  'containerfs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage', bytes: true },
  'containerfs.inodesFree': { condition: 'DiskPressure', resource: 'inodes', bytes: false },
  'pid.available': { condition: 'PIDPressure', resource: 'pids', bytes: false },
};

export function isSignal(name: string): name is Signal { return Object.hasOwn(signalFacts, name); }

/** Bytes, or a count of inodes or processes. */
export interface Observation { available: number; capacity: number }
export type Observations = ReadonlyMap<Signal, Observation>;

export interface DiskUse { bytes: number; inodes: number }

/** What one container uses. */
export interface ContainerUse { name: string; memoryBytes: number; /** Its writable layer. */ rootfs: DiskUse; logs: DiskUse }

/** What one pod uses; a pod without is evicted first, since nobody can tell what it takes. */
export interface PodUse {
  uid: string;
  /** Working set of the whole pod. */
  memoryBytes: number;
  processes: number;
  containers: readonly ContainerUse[];
  /** Disk of its local volumes, by volume name. */
  volumes: ReadonlyMap<string, DiskUse>;
}

/** How the disks of the node are split. */
export interface DiskLayout {
  /** Images are on another disk than pods' files. */
  dedicatedImageFs: boolean;
  /** Containers' writable layers are on another disk than images. */
  splitContainerFs: boolean;
}

/** One look at the node. */
export interface NodeSnapshot { observations: Observations; layout: DiskLayout }

/** Where figures come from: the host and the runtime, or a test's own. */
export interface SignalSource {
  /** Cheap: asked every few seconds. */
  observe(): Promise<NodeSnapshot>;
  /** What these pods use, by uid; a pod of which nothing can be told is left out. Counts files, so it is asked only for pods that matter now. */
  podUse(pods: readonly Readonly<coreV1.Pod>[], signal: AbortSignal): Promise<ReadonlyMap<string, PodUse>>;
}

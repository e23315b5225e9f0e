import type { cri, SnapshotMount } from '@kubernode/rpc';
import type { Span } from '@kubernode/tracing';

export type ContainerPhase = 'created' | 'running' | 'exited' | 'unknown';

/** A pod's sandbox: the network and the cgroup that its containers share. */
export interface Sandbox {
  id: string;
  podUid: string;
  podName: string;
  podNamespace: string;
  /** Counts the sandboxes of the pod, from 0. */
  attempt: number;
  ready: boolean;
  createdAtMs: number;
}

export interface SandboxDetail extends Sandbox {
  /** Empty for pods on the host's network. */
  ips: readonly string[];
  hostNetwork: boolean;
}

export interface ContainerSummary {
  id: string;
  sandboxId: string;
  podUid: string;
  /** As in the pod's spec. */
  name: string;
  phase: ContainerPhase;
  /** Restart count, as the node agent counted it. */
  attempt: number;
  createdAtMs: number;
  /** What the spec hashed to when the container was made. */
  hash: string;
}

export interface ContainerDetail extends ContainerSummary {
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  message: string;
  image: string;
  imageRef: string;
  logPath: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Container path → host path. */
  mounts: ReadonlyMap<string, string>;
  /** What the kernel grants it, where the runtime tells: limits of both, and the request of processor. */
  resources: ContainerAmounts | undefined;
  user: { uid: number; gid: number; supplementalGroups: number[] } | undefined;
  /** `SIGTERM`; undefined where the runtime does not tell. */
  stopSignal: string | undefined;
}

/** Quantities by resource, as the API writes them. */
export interface ContainerAmounts { limits?: Record<string, string>; requests?: Record<string, string> }

export interface ImageInfo { id: string; tags: readonly string[]; digests: readonly string[]; sizeBytes: number; uid: number | undefined; username: string; /** Never to be removed. */ pinned: boolean }
export interface ExecResult { exitCode: number; stdout: Buffer; stderr: Buffer }
/** What one of the runtime's handlers (RuntimeClass) can do. */
export interface HandlerFeatures { name: string; recursiveReadOnlyMounts: boolean; userNamespaces: boolean }
/** What the runtime tells of itself. */
export interface RuntimeStatus { conditions: readonly RuntimeCondition[]; handlers: readonly HandlerFeatures[]; supplementalGroupsPolicy: boolean }
/** Where a runtime keeps images, or containers' writable layers. */
export interface StorageUsage { mountpoint: string; usedBytes: number; inodesUsed: number }
export interface RuntimeCondition { type: string; status: boolean; reason: string; message: string }
export interface RuntimeVersion { name: string; version: string }
export interface ContainerUsage { containerId: string; podUid: string; name: string; cpuNanoseconds: number; memoryBytes: number; rootfsBytes: number; rootfsInodes: number; atMs: number }
export interface RegistryAuth { username: string; password: string; serverAddress: string; identityToken?: string; registryToken?: string }
export interface WaitOptions { signal?: AbortSignal | undefined }
export interface ExecStreams { cmd: readonly string[]; stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean }

/**
 * What the node agent asks of a container runtime. All methods reject with CriError. `stop` and `remove` of what is already
 * stopped or gone succeed, so that a retry after a lost answer is harmless.
 */
export interface CriRuntime {
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeStatus>;
  /** The image of the sandboxes themselves, which no container shows; undefined where the runtime does not tell. */
  sandboxImage(): Promise<string | undefined>;

  listSandboxes(filter: { podUid?: string }): Promise<readonly Sandbox[]>;
  sandboxStatus(id: string): Promise<SandboxDetail>;
  /** `handler` is what a RuntimeClass names; empty for the runtime's default. */
  runSandbox(config: cri.PodSandboxConfig, handler?: string): Promise<string>;
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;

  listContainers(filter: { podUid?: string }): Promise<readonly ContainerSummary[]>;
  containerStatus(id: string): Promise<ContainerDetail>;
  createContainer(sandboxId: string, config: cri.ContainerConfig, sandboxConfig: cri.PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM, and SIGKILL after `graceSeconds`. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  updateContainer(id: string, resources: cri.LinuxContainerResources): Promise<void>;
  reopenLog(id: string): Promise<void>;
  usage(): Promise<readonly ContainerUsage[]>;
  /** Writes a container's state to the file `location`; a timeout of 0 is the runtime's own. */
  checkpointContainer(id: string, options: { location: string; timeoutSeconds: number }): Promise<void>;

  /** Rejects with code DEADLINE_EXCEEDED after the timeout; the command's own failure is an exit code. */
  exec(id: string, command: readonly string[], options: WaitOptions & { timeoutMs: number }): Promise<ExecResult>;
  /** Addresses of the runtime's streaming server, good for one connection. */
  execUrl(id: string, streams: ExecStreams): Promise<string>;
  attachUrl(id: string, streams: Omit<ExecStreams, 'cmd'>): Promise<string>;
  portForwardUrl(sandboxId: string, ports: readonly number[]): Promise<string>;

  image(reference: string): Promise<ImageInfo | undefined>;
  images(): Promise<readonly ImageInfo[]>;
  removeImage(id: string): Promise<void>;
  imageStorage(): Promise<{ images: readonly StorageUsage[]; containers: readonly StorageUsage[] }>;
  /** Resolves to the reference that containers are made from. */
  pullImage(reference: string, options: WaitOptions & { auth?: RegistryAuth }): Promise<string>;

  /** How to mount the files of an image that is there, for runtimes whose containers cannot have images as volumes; undefined where they can. They stay while the key is held. */
  viewImage(reference: string, key: string): Promise<readonly SnapshotMount[] | undefined>;
  releaseImage(key: string): Promise<void>;

  /** The ids of containers that ended, or ran out of memory, as it happens. Ends or rejects where the runtime has no events: callers then poll. */
  exits(signal: AbortSignal): AsyncIterable<string>;
  /** The same runtime, each call of which is a span below this one; absent where calls are not traced. */
  traced?(span: Span): CriRuntime;
  close(): void;
}

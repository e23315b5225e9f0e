import type { ReferencedData } from '../pod/compute-environment.ts';
import type { DownwardFacts } from '../pod/downward-values.ts';
import type { Pod } from '../pod/pod-facts.ts';
import type { VolumeSpec } from './volume-spec.ts';

/** What a pod's volumes are made from, besides its spec. */
export interface VolumeInput { pod: Pod; data: ReferencedData; facts: DownwardFacts }

export interface SetUpRequest extends VolumeInput {
  spec: VolumeSpec;
  /** Where the plugin puts the volume of this pod. */
  dir: string;
  /** It was set up before in this process's life, and the pod may be using it. */
  isRemount: boolean;
  signal: AbortSignal | undefined;
}

/** A volume that is there for a pod. */
export interface ReadyVolume {
  /** Files, or the device. Undefined where the runtime itself mounts the volume. */
  hostPath: string | undefined;
  /** Nobody may write it, whatever a mount says. */
  readOnly: boolean;
  /** To be mounted by the runtime. */
  image?: { image: string; userSpecifiedImage: string };
  /** Why the containers that want it cannot start yet. */
  fault?: Error;
}

export interface ExpandRequest { pod: Pod; spec: VolumeSpec; dir: string; sizeBytes: number }

/** What a volume's own driver says of it. */
export interface DriverUsage { availableBytes: number; capacityBytes: number; usedBytes: number; inodes: number; inodesFree: number }

/** What is left of a volume of a pod whose object may be gone. */
export interface TearDownRequest { uid: string; name: string; dir: string; block: boolean }

/**
 * One kind of volumes. Calls for one volume of a pod come one after the other. All may be repeated, also by a later process: what is there
 * already stays as it is. Faults are VolumeErrors, or errors whose message is the kubelet's.
 */
export interface VolumePlugin {
  /** `kubernetes.io/configmap` */
  readonly name: string;
  readonly supportsMountOptions: boolean;
  supports(spec: VolumeSpec): boolean;
  /** Names the volume among all of the cluster: pods with the same name share it. */
  uniqueName(spec: VolumeSpec, pod: Pod): string;
  /** A controller attaches it to the node before it can be set up. */
  isAttachable?(spec: VolumeSpec): boolean;
  /** Whether what it shows follows the API: then it is set up again at each sync of the pod. */
  requiresRemount(spec: VolumeSpec): boolean;
  setUp(request: SetUpRequest): Promise<ReadyVolume>;
  /** Grows what lies on the volume to the volume's size, while pods may be using it. */
  expand?(request: ExpandRequest): Promise<void>;
  tearDown(request: TearDownRequest): Promise<void>;
  /** Undefined where the file system tells as much. */
  usage?(request: { pod: Pod; spec: VolumeSpec; hostPath: string }): Promise<DriverUsage | undefined>;
  /** The unique names of attachable volumes that an earlier process left on disk, by pod. */
  leftInUse?(): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** `kubernetes.io/configmap` → `kubernetes.io~configmap`: as in the names of directories. */
export function escapePluginName(name: string): string { return name.replaceAll('/', '~'); }

import type { MountPoint } from './mount-info.ts';

/** What became of a volume so far. */
export interface VolumeProgress {
  /** Set up in this process's life. */
  isReady: boolean;
  /** The last attempt failed. */
  failure: VolumeFailure | undefined;
}

export interface VolumeFailure { message: string; count: number; atMs: number }

export type VolumeAction = { kind: 'keep' } | { kind: 'wait'; untilMs: number } | { kind: 'set-up'; isRemount: boolean };

/** Attempts come half a second, a second, … two minutes after the last. */
const BACKOFF_INITIAL_MS = 500;
const BACKOFF_MAX_MS = 122_000;

export function retryAtMs({ count, atMs }: VolumeFailure): number {
  return atMs + Math.min(BACKOFF_INITIAL_MS * 2 ** (count - 1), BACKOFF_MAX_MS);
}

/** What is to be done about a volume that a pod uses. Those that only show what the API has wait for nothing: what they lack may be there now. */
export function computeVolumeAction({ isReady, failure }: VolumeProgress, { followsApi, nowMs }: { followsApi: boolean; nowMs: number }): VolumeAction {
  if (isReady && !followsApi && failure === undefined) return { kind: 'keep' };
  if (failure !== undefined && !followsApi && nowMs < retryAtMs(failure)) return { kind: 'wait', untilMs: retryAtMs(failure) };
  return { kind: 'set-up', isRemount: isReady };
}

/** A volume's directory as it was found below a pod's. */
export interface FoundVolume {
  /** As in the directory's name: `kubernetes.io~secret`. */
  plugin: string;
  name: string;
  dir: string;
  block: boolean;
}

export interface PodRemains {
  /** The pod's directory. */
  dir: string;
  volumes: readonly FoundVolume[];
  mounts: readonly MountPoint[];
  /** Kinds of volumes that can be taken away, by the names of their directories. */
  knownPlugins: ReadonlySet<string>;
}

export interface RemovalPlan {
  /** Mounts of parts of volumes: before the volumes themselves, deepest first. */
  unmountFirst: readonly string[];
  tearDown: readonly FoundVolume[];
  /** Of kinds that nobody knows: kept, and told. */
  unknown: readonly FoundVolume[];
}

/** The order in which a pod's volumes are taken away. */
export function computeRemoval({ dir, volumes, mounts, knownPlugins }: PodRemains): RemovalPlan {
  const parts = mounts.map(({ point }) => point).filter((point) => point.startsWith(`${dir}/volume-subpaths/`));
  return {
    unmountFirst: parts.reverse().sort((a, b) => b.split('/').length - a.split('/').length),
    tearDown: volumes.filter(({ plugin }) => knownPlugins.has(plugin)),
    unknown: volumes.filter(({ plugin }) => !knownPlugins.has(plugin)),
  };
}

export interface UnmountedVolumes { unmounted: readonly string[]; unattached: readonly string[]; unprocessed: readonly string[]; cause: string }

/** The kubelet's sentence about a pod that cannot start for its volumes. */
export function unmountedMessage({ unmounted, unattached, unprocessed, cause }: UnmountedVolumes): string {
  const list = (names: readonly string[]): string => `[${[...names].sort().join(' ')}]`;
  return `unmounted volumes=${list(unmounted)}, unattached volumes=${list(unattached)}, failed to process volumes=${list(unprocessed)}: ${cause}`;
}

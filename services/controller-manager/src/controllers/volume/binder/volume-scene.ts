import type { coreV1 } from '@kubernode/api';
import type { RecyclerTimes } from './recycle.ts';

export interface VolumeBinderOptions {
  /** How often a volume that could not be reclaimed is tried again. */
  syncPeriodMs: number;
  times: RecyclerTimes;
  /** Told at each look; only a leader looks. */
  onLook?: () => void;
}

export interface VolumeScene {
  volume: Readonly<coreV1.PersistentVolume>;
  /** What the volume is bound to or reserved for has this name now; it may be another claim than it was. */
  claim: Readonly<coreV1.PersistentVolumeClaim> | undefined;
  /** Live pods that use a claim of that name, as `namespace/name`. */
  users: readonly string[];
  /** The pod that empties the volume. */
  recycler: Readonly<coreV1.Pod> | undefined;
  options: VolumeBinderOptions;
}

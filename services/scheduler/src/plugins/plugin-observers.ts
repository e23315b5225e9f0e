/** Where finding and binding volumes failed. */
export type VolumeStage = 'predicate' | 'bind';

/** What plugins tell besides their verdicts. */
export interface PluginObservers {
  /** So many victims have to go. */
  onPreemption?(victims: number): void;
  /** Victims were evicted, or not all of them. */
  onEvicted?(result: 'success' | 'error', seconds: number): void;
  onVolumeFault?(stage: VolumeStage): void;
}

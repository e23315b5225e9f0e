import { optionTable, UsageError, type OptionSpec, type Options } from '@kubernode/component-base';
import type { AutoscalerSettings } from '../controllers/horizontal-pod-autoscaler/autoscaler-snapshot.ts';

type Flag<K extends 'duration' | 'string'> = OptionSpec<K> & { kind: K; default: NonNullable<OptionSpec<K>['default']> };

type AutoscalerTable = {
  readonly 'horizontal-pod-autoscaler-sync-period': Flag<'duration'>;
  readonly 'horizontal-pod-autoscaler-downscale-stabilization': Flag<'duration'>;
  readonly 'horizontal-pod-autoscaler-tolerance': Flag<'string'>;
  readonly 'horizontal-pod-autoscaler-cpu-initialization-period': Flag<'duration'>;
  readonly 'horizontal-pod-autoscaler-initial-readiness-delay': Flag<'duration'>;
};

/** Flags of the autoscaler, with Kubernetes' names and defaults. */
export const autoscalerOptions: AutoscalerTable = optionTable({
  'horizontal-pod-autoscaler-sync-period': { kind: 'duration', default: 15_000, help: 'How often each autoscaler looks at its metrics' },
  'horizontal-pod-autoscaler-downscale-stabilization': { kind: 'duration', default: 300_000, help: 'How long a higher recommendation keeps an autoscaler from scaling down' },
  'horizontal-pod-autoscaler-tolerance': { kind: 'string', default: '0.1', help: 'By which share usage may differ from its target before anything is scaled', placeholder: 'NUMBER' },
  'horizontal-pod-autoscaler-cpu-initialization-period': { kind: 'duration', default: 300_000, help: 'How long after a pod\'s start its CPU samples count only from when it was ready' },
  'horizontal-pod-autoscaler-initial-readiness-delay': { kind: 'duration', default: 30_000, help: 'Until when after a pod\'s start becoming unready means it was never ready' },
});

export type AutoscalerOptions = Options<AutoscalerTable>;

/** @throws UsageError for a tolerance that is no number. */
export function autoscalerSettings(options: AutoscalerOptions): AutoscalerSettings {
  const tolerance = Number(options['horizontal-pod-autoscaler-tolerance']);
  if (options['horizontal-pod-autoscaler-tolerance'].trim() === '' || !Number.isFinite(tolerance)) throw new UsageError(`invalid value "${options['horizontal-pod-autoscaler-tolerance']}" for --horizontal-pod-autoscaler-tolerance: want a number`);
  return {
    tolerance, syncPeriodMs: options['horizontal-pod-autoscaler-sync-period'], downscaleStabilizationMs: options['horizontal-pod-autoscaler-downscale-stabilization'],
    cpuInitializationMs: options['horizontal-pod-autoscaler-cpu-initialization-period'], initialReadinessDelayMs: options['horizontal-pod-autoscaler-initial-readiness-delay'],
  };
}

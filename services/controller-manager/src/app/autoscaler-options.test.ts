import { autoscalerSettings } from './autoscaler-options.ts';
import { parseManagerOptions } from './options.ts';

test('an autoscaler is set as in Kubernetes, unless flags say otherwise', () => {
  expect(autoscalerSettings(parseManagerOptions([]))).toEqual({ syncPeriodMs: 15_000, downscaleStabilizationMs: 300_000, tolerance: 0.1, cpuInitializationMs: 300_000, initialReadinessDelayMs: 30_000 });
  expect(autoscalerSettings(parseManagerOptions(['--horizontal-pod-autoscaler-tolerance=0.25', '--horizontal-pod-autoscaler-sync-period=1s']))).toMatchObject({ tolerance: 0.25, syncPeriodMs: 1000 });
});

test.each(['much', '', 'NaN'])('a tolerance of %j is refused', (text) => {
  expect(() => autoscalerSettings(parseManagerOptions([`--horizontal-pod-autoscaler-tolerance=${text}`]))).toThrow(`invalid value "${text}" for --horizontal-pod-autoscaler-tolerance: want a number`);
});

import type { LabelSelector } from '@kubernode/apimachinery';
import type { autoscalingV2, coreV1, ResourceRef } from '@kubernode/api';
import type { Scale } from '../scale/read-scale.ts';
import type { AutoscalerMemory, History } from './autoscaler-memory.ts';
import type { Reading } from './metric-reading.ts';
import type { AutoscalerMetrics } from './metrics.ts';

export type Autoscaler = Readonly<autoscalingV2.HorizontalPodAutoscaler>;
export type { Scale };
export type Pod = Readonly<coreV1.Pod>;

/** What --horizontal-pod-autoscaler-… flags say. */
export interface AutoscalerSettings {
  syncPeriodMs: number;
  downscaleStabilizationMs: number;
  tolerance: number;
  cpuInitializationMs: number;
  initialReadinessDelayMs: number;
}

/** What an autoscaler scales: how many replicas there are and should be, or why that is not known. */
export type Target = { scale: Scale; resource: ResourceRef } | { fault: string };

/** The answers to the metrics' queries, in the order of the specification; undefined where none was asked. */
export type Readings = readonly (Reading | undefined)[];

export interface AutoscalerSnapshot {
  key: string;
  autoscaler: Autoscaler;
  history: History;
  settings: AutoscalerSettings;
  /** Where what is decided is remembered. */
  memory: AutoscalerMemory;
  /** Told of what is done. */
  metrics: AutoscalerMetrics;
  /** The pods of the namespace that a selector chooses. */
  podsOf(selector: LabelSelector): readonly Pod[];
  /** The other autoscalers that are about one of these pods. */
  rivalsFor(pods: readonly Pod[]): readonly string[];
  target: Target;
  readings: Readings;
  /** How long each of them took to get. */
  readSeconds?: readonly number[];
}

import type { Conversion } from '../registry/served-resource.ts';
import { eventConversion } from './event.ts';
import { horizontalPodAutoscalerConversion } from './horizontal-pod-autoscaler.ts';

/** How kinds that are stored in another version are served, by `apiVersion/kind` as served. */
export const conversions: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['events.k8s.io/v1/Event', eventConversion],
  ['autoscaling/v1/HorizontalPodAutoscaler', horizontalPodAutoscalerConversion],
]);

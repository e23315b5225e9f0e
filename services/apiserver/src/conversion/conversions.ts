import type { Conversion } from '../registry/served-resource.ts';

/** How kinds that are stored in another version are served, by `apiVersion/kind` as served. */
export const conversions: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['events.k8s.io/v1/Event', { toStored: (object) => ({ ...object, apiVersion: 'v1' }), fromStored: (object) => ({ ...object, apiVersion: 'events.k8s.io/v1' }) }],
  ['autoscaling/v1/HorizontalPodAutoscaler', { toStored: (object) => ({ ...object, apiVersion: 'autoscaling/v2' }), fromStored: (object) => ({ ...object, apiVersion: 'autoscaling/v1' }) }],
]);

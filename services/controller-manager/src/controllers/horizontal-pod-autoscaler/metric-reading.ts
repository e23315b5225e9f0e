import type { autoscalingV2 } from '@kubernode/api';
import type { PodUsages } from './pod-usage.ts';

/** What an API of metrics said: the usage of each pod, one value or several, or why there is nothing. Values are thousandths. */
export type Reading = { pods: PodUsages } | { value: number } | { values: readonly number[] } | { fault: string };

/** What to ask of which API for a metric. */
export type MetricQuery =
  | { from: 'resource'; resource: string; container: string }
  | { from: 'pods'; metric: autoscalingV2.MetricIdentifier }
  | { from: 'object'; metric: autoscalingV2.MetricIdentifier; object: autoscalingV2.CrossVersionObjectReference }
  | { from: 'external'; metric: autoscalingV2.MetricIdentifier };

/** Undefined for a metric that cannot be asked for, because its specification lacks something. */
export function queryOf({ type, resource, containerResource, pods, object, external }: autoscalingV2.MetricSpec): MetricQuery | undefined {
  switch (type) {
    case 'Resource': return resource && hasTarget(resource.target) ? { from: 'resource', resource: resource.name, container: '' } : undefined;
    case 'ContainerResource': return containerResource && hasTarget(containerResource.target) ? { from: 'resource', resource: containerResource.name, container: containerResource.container } : undefined;
    case 'Pods': return pods && { from: 'pods', metric: pods.metric };
    case 'Object': return object && { from: 'object', metric: object.metric, object: object.describedObject };
    case 'External': return external && { from: 'external', metric: external.metric };
    default: return undefined;
  }
}

function hasTarget({ averageValue, averageUtilization }: autoscalingV2.MetricTarget): boolean { return averageValue !== undefined || averageUtilization !== undefined; }

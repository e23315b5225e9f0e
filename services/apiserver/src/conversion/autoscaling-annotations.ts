import type { autoscalingV2 } from '@kubernode/api';

type Target = autoscalingV2.MetricTarget;
type Selector = autoscalingV2.MetricIdentifier['selector'];

/** A metric as autoscaling/v1 writes it into an annotation. */
export interface V1Metric {
  type: string;
  object?: { target: autoscalingV2.CrossVersionObjectReference; metricName: string; targetValue: string; selector?: Selector; averageValue?: string };
  pods?: { metricName: string; targetAverageValue: string; selector?: Selector };
  resource?: V1Resource;
  containerResource?: V1Resource & { container: string };
  external?: { metricName: string; metricSelector?: Selector; targetValue?: string; targetAverageValue?: string };
}

interface V1Resource { name: string; targetAverageUtilization?: number; targetAverageValue?: string }

export interface V1MetricStatus {
  type: string;
  object?: { target: autoscalingV2.CrossVersionObjectReference; metricName: string; currentValue: string; selector?: Selector; averageValue?: string };
  pods?: { metricName: string; currentAverageValue: string; selector?: Selector };
  resource?: V1ResourceStatus;
  containerResource?: V1ResourceStatus & { container: string };
  external?: { metricName: string; metricSelector?: Selector; currentValue: string; currentAverageValue?: string };
}

interface V1ResourceStatus { name: string; currentAverageUtilization?: number; currentAverageValue: string }

export function metricFromV1({ type, object, pods, resource, containerResource, external }: V1Metric): autoscalingV2.MetricSpec {
  return {
    type,
    ...(object && { object: { describedObject: object.target, metric: identifier(object.metricName, object.selector), target: object.averageValue === undefined ? { type: 'Value', value: object.targetValue } : { type: 'AverageValue', averageValue: object.averageValue } } }),
    ...(pods && { pods: { metric: identifier(pods.metricName, pods.selector), target: { type: 'AverageValue', averageValue: pods.targetAverageValue } } }),
    ...(resource && { resource: { name: resource.name, target: resourceTarget(resource) } }),
    ...(containerResource && { containerResource: { name: containerResource.name, container: containerResource.container, target: resourceTarget(containerResource) } }),
    ...(external && { external: { metric: identifier(external.metricName, external.metricSelector), target: external.targetAverageValue === undefined ? { type: 'Value', value: external.targetValue ?? '0' } : { type: 'AverageValue', averageValue: external.targetAverageValue } } }),
  };
}

export function metricToV1({ type, object, pods, resource, containerResource, external }: autoscalingV2.MetricSpec): V1Metric {
  return {
    type,
    ...(object && { object: { target: object.describedObject, metricName: object.metric.name, targetValue: object.target.value ?? '0', ...selector('selector', object.metric), ...(object.target.averageValue !== undefined && { averageValue: object.target.averageValue }) } }),
    ...(pods && { pods: { metricName: pods.metric.name, targetAverageValue: pods.target.averageValue ?? '0', ...selector('selector', pods.metric) } }),
    ...(resource && { resource: { name: resource.name, ...v1Target(resource.target) } }),
    ...(containerResource && { containerResource: { name: containerResource.name, ...v1Target(containerResource.target), container: containerResource.container } }),
    ...(external && { external: { metricName: external.metric.name, ...selector('metricSelector', external.metric), ...(external.target.value !== undefined && { targetValue: external.target.value }), ...(external.target.averageValue !== undefined && { targetAverageValue: external.target.averageValue }) } }),
  };
}

export function metricStatusFromV1({ type, object, pods, resource, containerResource, external }: V1MetricStatus): autoscalingV2.MetricStatus {
  return {
    type,
    ...(object && { object: { describedObject: object.target, metric: identifier(object.metricName, object.selector), current: { value: object.currentValue, ...(object.averageValue !== undefined && { averageValue: object.averageValue }) } } }),
    ...(pods && { pods: { metric: identifier(pods.metricName, pods.selector), current: { averageValue: pods.currentAverageValue } } }),
    ...(resource && { resource: { name: resource.name, current: resourceCurrent(resource) } }),
    ...(containerResource && { containerResource: { name: containerResource.name, container: containerResource.container, current: resourceCurrent(containerResource) } }),
    ...(external && { external: { metric: identifier(external.metricName, external.metricSelector), current: { value: external.currentValue, ...(external.currentAverageValue !== undefined && { averageValue: external.currentAverageValue }) } } }),
  };
}

export function metricStatusToV1({ type, object, pods, resource, containerResource, external }: autoscalingV2.MetricStatus): V1MetricStatus {
  return {
    type,
    ...(object && { object: { target: object.describedObject, metricName: object.metric.name, currentValue: object.current.value ?? '0', ...selector('selector', object.metric), ...(object.current.averageValue !== undefined && { averageValue: object.current.averageValue }) } }),
    ...(pods && { pods: { metricName: pods.metric.name, currentAverageValue: pods.current.averageValue ?? '0', ...selector('selector', pods.metric) } }),
    ...(resource && { resource: { name: resource.name, ...v1Current(resource.current) } }),
    ...(containerResource && { containerResource: { name: containerResource.name, ...v1Current(containerResource.current), container: containerResource.container } }),
    ...(external && { external: { metricName: external.metric.name, ...selector('metricSelector', external.metric), currentValue: external.current.value ?? '0', ...(external.current.averageValue !== undefined && { currentAverageValue: external.current.averageValue }) } }),
  };
}

function identifier(name: string, labels: Selector | undefined): autoscalingV2.MetricIdentifier {
  return { name, ...(labels !== undefined && { selector: labels }) };
}

function selector<K extends string>(field: K, { selector: labels }: autoscalingV2.MetricIdentifier): Partial<Record<K, NonNullable<Selector>>> {
  return labels === undefined ? {} : { [field]: labels } as Record<K, NonNullable<Selector>>; // one computed key
}

function resourceTarget({ targetAverageUtilization, targetAverageValue }: V1Resource): Target {
  return targetAverageUtilization === undefined ? { type: 'AverageValue', ...(targetAverageValue !== undefined && { averageValue: targetAverageValue }) } : { type: 'Utilization', averageUtilization: targetAverageUtilization };
}

function v1Target({ averageUtilization, averageValue }: Target): Omit<V1Resource, 'name'> {
  return { ...(averageUtilization !== undefined && { targetAverageUtilization: averageUtilization }), ...(averageValue !== undefined && { targetAverageValue: averageValue }) };
}

/** v1 always writes a value; its zero stands for none. */
function resourceCurrent({ currentAverageUtilization, currentAverageValue }: V1ResourceStatus): autoscalingV2.MetricValueStatus {
  return { ...(currentAverageUtilization !== undefined && { averageUtilization: currentAverageUtilization }), ...(currentAverageValue !== '0' && { averageValue: currentAverageValue }) };
}

function v1Current({ averageUtilization, averageValue }: autoscalingV2.MetricValueStatus): Omit<V1ResourceStatus, 'name'> {
  return { ...(averageUtilization !== undefined && { currentAverageUtilization: averageUtilization }), currentAverageValue: averageValue ?? '0' };
}

/** Behavior travels as Go's internal type prints itself: with the names of its fields, and null where there is nothing. */
export function behaviorText({ scaleUp, scaleDown }: autoscalingV2.HorizontalPodAutoscalerBehavior): string {
  return JSON.stringify({ ScaleUp: rulesOfGo(scaleUp), ScaleDown: rulesOfGo(scaleDown) });
}

function rulesOfGo(rules: autoscalingV2.HPAScalingRules | undefined): object | null {
  if (rules === undefined) return null;
  const { stabilizationWindowSeconds = null, selectPolicy = null, policies, tolerance = null } = rules;
  const printed = policies?.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) ?? null;
  return { StabilizationWindowSeconds: stabilizationWindowSeconds, SelectPolicy: selectPolicy, Policies: printed, Tolerance: tolerance };
}

export function behaviorFromText(text: string | undefined): autoscalingV2.HorizontalPodAutoscalerBehavior | undefined {
  if (text === undefined) return undefined;
  try {
    const behavior = withApiNames(JSON.parse(text)) as autoscalingV2.HorizontalPodAutoscalerBehavior; // written by behaviorText
    return Object.keys(behavior).length === 0 ? undefined : behavior;
  } catch {
    return undefined; // as in Kubernetes, a broken annotation is no annotation
  }
}

/** Fields begin small, and null is nothing. */
function withApiNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withApiNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null).map(([name, one]) => [name.charAt(0).toLowerCase() + name.slice(1), withApiNames(one)]));
}

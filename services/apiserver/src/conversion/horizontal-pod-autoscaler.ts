import type { autoscalingV1, autoscalingV2 } from '@kubernode/api';
import type { KubeObject, ObjectMeta } from '@kubernode/apimachinery';
import type { Conversion } from '../registry/served-resource.ts';
import { behaviorFromText, behaviorText, metricFromV1, metricStatusFromV1, metricStatusToV1, metricToV1, type V1Metric, type V1MetricStatus } from './autoscaling-annotations.ts';

type V1 = autoscalingV1.HorizontalPodAutoscaler & KubeObject;
type V2 = autoscalingV2.HorizontalPodAutoscaler & KubeObject;

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const ANNOTATIONS = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

/** autoscaling/v1 knows one CPU percentage; everything else of the stored v2 form travels in annotations. */
export const horizontalPodAutoscalerConversion: Conversion = {
  toStored: (object) => toV2(object as V1), // requests of this version carry its kind
  fromStored: (object) => toV1(object as V2), // only this kind is stored
};

function toV2({ metadata, spec, status, ...rest }: V1): KubeObject {
  const annotations = metadata.annotations ?? {};
  const cpu: autoscalingV2.MetricSpec[] = spec?.targetCPUUtilizationPercentage === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: spec.targetCPUUtilizationPercentage } } }];
  const metrics = [...(parsed<V1Metric[]>(annotations[METRICS])?.map(metricFromV1) ?? []), ...cpu];
  const behavior = behaviorFromText(annotations[BEHAVIOR]);
  const { targetCPUUtilizationPercentage: _target, ...specRest } = spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  return {
    ...rest, apiVersion: 'autoscaling/v2', metadata: withAnnotations(metadata, {}),
    spec: { ...specRest, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) },
    ...(status !== undefined && { status: statusToV2(status, annotations) }),
  };
}

function statusToV2({ currentCPUUtilizationPercentage: cpu, currentReplicas, desiredReplicas, ...rest }: autoscalingV1.HorizontalPodAutoscalerStatus, annotations: Readonly<Record<string, string>>): object {
  const fromCpu = cpu === undefined ? null : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }];
  const currentMetrics = parsed<V1MetricStatus[]>(annotations[CURRENT_METRICS])?.map(metricStatusFromV1) ?? fromCpu;
  const conditions = parsed<unknown[]>(annotations[CONDITIONS]);
  return { ...rest, currentMetrics, desiredReplicas: desiredReplicas ?? 0, ...((currentReplicas ?? 0) !== 0 && { currentReplicas }), ...(conditions !== undefined && { conditions }) };
}

function toV1({ metadata, spec, status, ...rest }: V2): KubeObject {
  const { metrics = [], behavior, ...specRest } = spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const cpu = metrics.find(isCpuPercentage)?.resource?.target.averageUtilization;
  const others = metrics.filter((metric) => !isCpuPercentage(metric)).map(metricToV1);
  const current = status?.currentMetrics ?? [];
  const annotations = {
    ...(others.length > 0 && { [METRICS]: JSON.stringify(others) }), ...(current.length > 0 && { [CURRENT_METRICS]: JSON.stringify(current.map(metricStatusToV1)) }),
    ...(behavior !== undefined && { [BEHAVIOR]: behaviorText(behavior) }), ...((status?.conditions ?? []).length > 0 && { [CONDITIONS]: JSON.stringify(status?.conditions) }),
  };
  return {
    ...rest, apiVersion: 'autoscaling/v1', metadata: withAnnotations(metadata, annotations),
    spec: { ...specRest, ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }) },
    ...(status !== undefined && { status: statusToV1(status) }),
  };
}

function statusToV1({ currentMetrics, conditions: _conditions, currentReplicas = 0, desiredReplicas = 0, ...rest }: Partial<autoscalingV2.HorizontalPodAutoscalerStatus>): object {
  const cpu = (currentMetrics ?? []).find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')?.resource?.current.averageUtilization;
  return { ...rest, ...(cpu !== undefined && { currentCPUUtilizationPercentage: cpu }), currentReplicas, desiredReplicas };
}

function isCpuPercentage({ type, resource }: autoscalingV2.MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
}

/** The object's own annotations and those of the conversion, which never pile up. */
function withAnnotations(metadata: ObjectMeta, added: Readonly<Record<string, string>>): ObjectMeta {
  const own = Object.entries(metadata.annotations ?? {}).filter(([name]) => !ANNOTATIONS.includes(name));
  const annotations = { ...Object.fromEntries(own), ...added };
  const { annotations: _annotations, ...rest } = metadata;
  return Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest;
}

/** Text that does not parse counts as absent. */
function parsed<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value as T : undefined; // written by this conversion, or by clients that know its form
  } catch {
    return undefined; // as in Kubernetes, a broken annotation is no annotation
  }
}

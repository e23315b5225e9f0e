import type { autoscalingV2 } from '@kubernode/api';
import { forbiddenField, invalidValue, notSupported, parseQuantity, pathSegmentName, required, type FieldError } from '@kubernode/apimachinery';
import { containerResourceNameFaults } from '../shared/resource-name-rules.ts';
import { labelNameFaults } from '../shared/port-rules.ts';
import { targetFaults } from './scale-target.ts';

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
/** Where each type keeps its source, in the order of judgement. */
const SOURCES = [['Object', 'object'], ['External', 'external'], ['Pods', 'pods'], ['Resource', 'resource'], ['ContainerResource', 'containerResource']] as const;

export function metricFaults(metrics: readonly autoscalingV2.MetricSpec[], minReplicas: number | undefined): FieldError[] {
  const errors = metrics.flatMap((metric, index) => oneMetricFaults(metric, `spec.metrics[${index}]`));
  if (minReplicas !== 0 || metrics.some(({ type }) => type === 'Object' || type === 'External')) return errors;
  return [...errors, forbiddenField('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas')];
}

function oneMetricFaults(metric: Readonly<autoscalingV2.MetricSpec>, path: string): FieldError[] {
  const type = metric.type ?? '';
  const present = SOURCES.filter(([, field]) => metric[field] !== undefined);
  const expected = SOURCES.find(([name]) => name === type)?.[1];
  const errors: FieldError[] = type === '' ? [required(`${path}.type`, 'must specify a metric source type')] : [];
  if (!TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  if (present[0] !== undefined) errors.push(...sourceFaults(metric, present[0][1], `${path}.${present[0][1]}`));
  if (expected !== undefined && metric[expected] === undefined) errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  if (!TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES)); // Kubernetes says it twice
  if (present.length === 1) return errors;
  return [...errors, ...present.filter(([, field]) => field !== expected).map(([, field]) => forbiddenField(`${path}.${field}`, 'must populate the given metric source only'))];
}

function sourceFaults(metric: Readonly<autoscalingV2.MetricSpec>, field: (typeof SOURCES)[number][1], path: string): FieldError[] {
  switch (field) {
    case 'object': return [...targetFaults(metric.object?.describedObject ?? {}, `${path}.describedObject`, { needsGroup: false }), ...valueSourceFaults(metric.object, path, 'must set either a target value or averageValue')];
    case 'external': return externalFaults(metric.external, path);
    case 'pods': return podsFaults(metric.pods, path);
    case 'resource': return resourceFaults(metric.resource, path);
    case 'containerResource': return [...containerFaults(metric.containerResource, path), ...resourceTargetFaults(metric.containerResource?.target, path)];
  }
}

interface NamedSource { metric: { name: string }; target: autoscalingV2.MetricTarget }

function valueSourceFaults(source: Readonly<NamedSource> | undefined, path: string, missing: string): FieldError[] {
  const target = source?.target;
  const errors = [...identifierFaults(source, path), ...metricTargetFaults(target, `${path}.target`)];
  return target?.value === undefined && target?.averageValue === undefined ? [...errors, required(`${path}.target.averageValue`, missing)] : errors;
}

function externalFaults(source: Readonly<NamedSource> | undefined, path: string): FieldError[] {
  const errors = valueSourceFaults(source, path, 'must set either a target value for metric or a per-pod target');
  const both = source?.target?.value !== undefined && source.target.averageValue !== undefined;
  return both ? [...errors, forbiddenField(`${path}.target.value`, 'may not set both a target value for metric and a per-pod target')] : errors;
}

function podsFaults(source: Readonly<NamedSource> | undefined, path: string): FieldError[] {
  const errors = [...identifierFaults(source, path), ...metricTargetFaults(source?.target, `${path}.target`)];
  return source?.target?.averageValue === undefined ? [...errors, required(`${path}.target.averageValue`, 'must specify a positive target averageValue')] : errors;
}

function resourceFaults(source: Readonly<autoscalingV2.ResourceMetricSource> | undefined, path: string): FieldError[] {
  return [...((source?.name ?? '') === '' ? [required(`${path}.name`, 'must specify a resource name')] : []), ...resourceTargetFaults(source?.target, path)];
}

function containerFaults(source: Readonly<autoscalingV2.ContainerResourceMetricSource> | undefined, path: string): FieldError[] {
  const { name = '', container = '' } = source ?? {};
  return [
    ...(name === '' ? [required(`${path}.name`, 'must specify a resource name')] : containerResourceNameFaults(name, `${path}.name`)),
    ...(container === '' ? [required(`${path}.container`, 'must specify a container')] : labelNameFaults(container, `${path}.container`)),
  ];
}

function resourceTargetFaults(target: Readonly<autoscalingV2.MetricTarget> | undefined, path: string): FieldError[] {
  const errors = metricTargetFaults(target, `${path}.target`);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) return [...errors, required(`${path}.target.averageUtilization`, 'must set either a target raw value or a target utilization')];
  if (averageUtilization === undefined || averageValue === undefined) return errors;
  return [...errors, forbiddenField(`${path}.target.averageValue`, 'may not set both a target raw value and a target utilization')];
}

function metricTargetFaults(target: Readonly<autoscalingV2.MetricTarget> | undefined, path: string): FieldError[] {
  const { type = '', value, averageValue, averageUtilization } = target ?? {};
  const positive = (quantity: string | undefined, field: string): FieldError[] => (quantity !== undefined && parseQuantity(quantity).nanos <= 0n ? [invalidValue(`${path}.${field}`, quantity, 'must be positive')] : []);
  return [
    ...(type === '' ? [required(`${path}.type`, 'must specify a metric target type')] : []),
    ...(['Utilization', 'Value', 'AverageValue'].includes(type) ? [] : [invalidValue(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue')]),
    ...positive(value, 'value'), ...positive(averageValue, 'averageValue'),
    ...(averageUtilization !== undefined && averageUtilization < 1 ? [invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')] : []),
  ];
}

function identifierFaults(source: Readonly<NamedSource> | undefined, path: string): FieldError[] {
  const name = source?.metric?.name ?? '';
  return name === '' ? [required(`${path}.metric.name`, 'must specify a metric name')] : pathSegmentName(name).map((fault) => invalidValue(`${path}.metric.name`, name, fault));
}

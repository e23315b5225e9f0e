import { formatQuantity, quantityFromMilli, quantityMilliValue } from '@kubernode/apimachinery';
import type { autoscalingV2 } from '@kubernode/api';
import { selectorText } from '../selector-text.ts';
import { explained, located, MetricFault } from './metric-fault.ts';
import type { Reading } from './metric-reading.ts';
import type { PodUsages } from './pod-usage.ts';
import { replicasForAverage, replicasForUtilization, replicasForValue, replicasForValuePerPod, totalOf, type Proposal, type Situation } from './replica-calculator.ts';

type Spec = Readonly<autoscalingV2.MetricSpec>;
type Status = autoscalingV2.MetricStatus;

/** What one metric asks for, with its name in messages; or why it asks for nothing: `message` for event and condition, `fault` in full. */
export type MetricProposal =
  | { replicas: number; name: string; status: Status }
  | { fault: string; reason: string; message: string };

const FAULT_REASONS: Readonly<Record<string, string>> = {
  Resource: 'FailedGetResourceMetric', ContainerResource: 'FailedGetContainerResourceMetric', Pods: 'FailedGetPodsMetric', Object: 'FailedGetObjectMetric', External: 'FailedGetExternalMetric',
};

/** `reading` is the answer to the metric's query; undefined for a metric that could not be asked for. */
export function proposalOf(spec: Spec, reading: Reading | undefined, situation: Situation, namespace: string): MetricProposal {
  try { return computed(spec, reading, situation, namespace); } catch (error) {
    if (!(error instanceof MetricFault)) throw error;
    const reason = FAULT_REASONS[spec.type] ?? 'InvalidMetricSourceType';
    return { reason, message: error.said, fault: FAULT_REASONS[spec.type] === undefined ? error.message : `failed to get ${whatOf(spec)}: ${error.message}` };
  }
}

function whatOf({ type, resource, containerResource, external }: Spec): string {
  switch (type) {
    case 'Resource': return `${resource?.name ?? ''} resource metric value`;
    case 'ContainerResource': return `${containerResource?.container ?? ''} container metric value`;
    case 'External': return `${external?.metric.name ?? ''} external metric value`;
    default: return `${type.toLowerCase()} metric value`;
  }
}

function computed(spec: Spec, reading: Reading | undefined, situation: Situation, namespace: string): MetricProposal {
  const { type, resource, containerResource, pods, object, external } = spec;
  if (type === 'Resource' && resource) {
    const { name, ...found } = ofResource(resource, '', reading, situation);
    return { replicas: found.replicas, name, status: { type, resource: { name: resource.name, current: found.current } } };
  }
  if (type === 'ContainerResource' && containerResource) {
    const { name, ...found } = ofResource(containerResource, containerResource.container, reading, situation);
    return { replicas: found.replicas, name, status: { type, containerResource: { name: containerResource.name, container: containerResource.container, current: found.current } } };
  }
  if (type === 'Pods' && pods) return ofPods(pods, reading, situation);
  if (type === 'Object' && object) return ofObject(object, reading, situation, namespace);
  if (type === 'External' && external) return ofExternal(external, reading, situation, namespace);
  throw new MetricFault(`unknown metric source type "${type}"`);
}

interface OfResource { replicas: number; name: string; current: autoscalingV2.MetricValueStatus }

function ofResource({ name, target }: autoscalingV2.ResourceMetricSource, container: string, reading: Reading | undefined, situation: Situation): OfResource {
  const read = (): PodUsages => explained(`unable to get metrics for resource ${name}`, () => usagesOf(reading));
  const format = name === 'memory' ? 'BinarySI' : 'DecimalSI'; // as metrics servers tell it
  const quantity = ({ usage }: Proposal): string => formatQuantity(quantityFromMilli(usage, format));
  if (target.averageValue !== undefined) {
    const milli = quantityMilliValue(target.averageValue);
    const found = explained(`failed to get ${name} usage`, () => replicasForAverage(read(), situation, { resource: name, target: milli }));
    return { replicas: found.replicas, name: `${name} resource`, current: { averageValue: quantity(found) } };
  }
  const { averageUtilization } = target;
  if (averageUtilization === undefined) throw new MetricFault('invalid resource metric source: neither an average utilization target nor an average value (usage) target was set');
  const found = explained(`failed to get ${name} utilization`, () => replicasForUtilization(read(), situation, { resource: name, container, target: averageUtilization }));
  return {
    replicas: found.replicas, name: `${name} ${container === '' ? '' : 'container '}resource utilization (percentage of request)`,
    current: { averageUtilization: found.utilization ?? 0, averageValue: quantity(found) },
  };
}

function ofPods({ metric, target }: autoscalingV2.PodsMetricSource, reading: Reading | undefined, situation: Situation): MetricProposal {
  const usages = explained(`unable to get metric ${metric.name}`, () => usagesOf(reading));
  const { replicas, usage } = replicasForAverage(usages, situation, { resource: '', target: quantityMilliValue(target.averageValue ?? '0') });
  return { replicas, name: `pods metric ${metric.name}`, status: { type: 'Pods', pods: { metric: identifier(metric), current: { averageValue: milliText(usage) } } } };
}

function ofObject({ metric, target, describedObject }: autoscalingV2.ObjectMetricSource, reading: Reading | undefined, situation: Situation, namespace: string): MetricProposal {
  const read = (): number => {
    if (reading !== undefined && 'value' in reading) return reading.value;
    throw new MetricFault(`unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/${faultOf(reading)}`); // in Kubernetes' own order
  };
  const status = (current: autoscalingV2.MetricValueStatus): Status => ({ type: 'Object', object: { describedObject, metric: identifier(metric), current } });
  if (target.type === 'Value' && target.value !== undefined) {
    const { replicas, usage } = replicasForValue(read(), situation, quantityMilliValue(target.value));
    return { replicas, name: `${describedObject.kind} metric ${metric.name}`, status: status({ value: milliText(usage) }) };
  }
  const { averageValue } = target;
  if (target.type === 'AverageValue' && averageValue !== undefined) {
    const { replicas, usage } = located(`failed to get ${metric.name} object metric`, () => replicasForValuePerPod(read(), situation, quantityMilliValue(averageValue)));
    return { replicas, name: `external metric ${metric.name}(${selectorText(metric.selector)})`, status: status({ averageValue: milliText(usage) }) };
  }
  throw new MetricFault('invalid object metric source: neither a value target nor an average value target was set');
}

function ofExternal({ metric, target }: autoscalingV2.ExternalMetricSource, reading: Reading | undefined, situation: Situation, namespace: string): MetricProposal {
  const { averageValue, value } = target;
  const read = (): number => {
    if (reading !== undefined && 'values' in reading) return totalOf(reading.values);
    throw new MetricFault(`unable to get external metric ${namespace}/${metric.name}/${selectorText(metric.selector)}: ${faultOf(reading)}`);
  };
  const name = `external metric ${metric.name}(${selectorText(metric.selector)})`;
  const status = (current: autoscalingV2.MetricValueStatus): Status => ({ type: 'External', external: { metric: identifier(metric), current } });
  if (averageValue !== undefined) {
    const { replicas, usage } = located(`failed to get ${metric.name} external metric`, () => replicasForValuePerPod(read(), situation, quantityMilliValue(averageValue)));
    return { replicas, name, status: status({ averageValue: milliText(usage) }) };
  }
  if (value === undefined) throw new MetricFault('invalid external metric source: neither a value target nor an average value target was set');
  const { replicas, usage } = located(`failed to get external metric ${metric.name}`, () => replicasForValue(read(), situation, quantityMilliValue(value)));
  return { replicas, name, status: status({ value: milliText(usage) }) };
}

function usagesOf(reading: Reading | undefined): PodUsages {
  if (reading !== undefined && 'pods' in reading) return reading.pods;
  throw new MetricFault(faultOf(reading));
}

function faultOf(reading: Reading | undefined): string { return reading !== undefined && 'fault' in reading ? reading.fault : 'it was not read'; }

function identifier({ name, selector }: autoscalingV2.MetricIdentifier): autoscalingV2.MetricIdentifier { return { name, ...(selector !== undefined && { selector }) }; }

function milliText(milli: number): string { return formatQuantity(quantityFromMilli(milli)); }

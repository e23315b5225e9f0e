import { formatQuantity, normaliseQuantity, quantityFromNumber, quantityValue } from '@kubernode/apimachinery';
import { initContainers, mainContainers, type Pod } from '../pod/pod-facts.ts';
import type { ContainerUse, Observations, PodUse, StarvedResource } from './signals.ts';
import { signalFacts } from './signals.ts';
import { showObserved, showValue, type Threshold } from './thresholds.ts';

export interface EvictionMessageInput { resource: StarvedResource; pod: Pod; use: PodUse | undefined; met: readonly Threshold[]; observations: Observations }

/** What the status and the event of an evicted pod say, and the event's annotations for tools. */
export function evictionMessage({ resource, pod, use, met, observations }: EvictionMessageInput): { message: string; annotations: Record<string, string> } {
  const start = `The node was low on resource: ${resource}. ${thresholdSentence(resource, met, observations)}`;
  if (use === undefined) return { message: start, annotations: {} };
  const offenders = use.containers.flatMap((container) => offence(resource, pod, container));
  return {
    message: start + offenders.map(({ sentence }) => sentence).join(''),
    annotations: {
      offending_containers: offenders.map(({ name }) => name).join(','),
      offending_containers_usage: offenders.map(({ used }) => used).join(','),
      starved_resource: resource,
    },
  };
}

function thresholdSentence(resource: StarvedResource, met: readonly Threshold[], observations: Observations): string {
  for (const { signal, value } of met) {
    const observed = observations.get(signal);
    if (signalFacts[signal].resource !== resource || observed === undefined) continue;
    return `Threshold quantity: ${showValue(value, observed.capacity)}, available: ${showObserved(signal, observed.available)}. `;
  }
  return '';
}

function offence(resource: StarvedResource, pod: Pod, container: ContainerUse): { name: string; used: string; sentence: string }[] {
  const spec = [...mainContainers(pod), ...initContainers(pod)].find(({ name }) => name === container.name);
  const bytes = resource === 'memory' ? container.memoryBytes : resource === 'ephemeral-storage' ? container.rootfs.bytes + container.logs.bytes : undefined;
  if (spec === undefined || bytes === undefined) return [];
  const request = spec.resources?.requests?.[resource] ?? '0';
  if (bytes <= quantityValue(request)) return [];
  const used = formatQuantity(quantityFromNumber(bytes, 'BinarySI'));
  return [{ name: spec.name, used, sentence: `Container ${spec.name} was using ${used}, request is ${normaliseQuantity(request)}, has larger consumption of ${resource}. ` }];
}

import { quantityMilliValue, quantityValue } from '@kubernode/apimachinery';
import { allContainers, type Pod } from '../pod/pod-facts.ts';
import { podRequest } from '../pod/pod-resources.ts';

/** A resource that the node has too little of: CPU in thousandths of a core, all else in whole units. */
export interface Shortage { resource: string; requested: number; used: number; capacity: number }

export interface FitInput { pod: Pod; /** Pods that the node has taken and that have not ended. */ others: readonly Pod[]; allocatable: Readonly<Record<string, string>> }

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];

/** What the node is short of for one more pod; empty when it fits. Resources that the node does not know at all are somebody else's business. */
export function shortages({ pod, others, allocatable }: FitInput): readonly Shortage[] {
  const podsMax = quantityValue(allocatable['pods'] ?? '0');
  const tooMany = others.length + 1 > podsMax ? [{ resource: 'pods', requested: 1, used: others.length, capacity: podsMax }] : [];
  const extended = new Set(allContainers(pod).flatMap(({ resources }) => Object.keys(resources?.requests ?? {})).filter((name) => !STANDARD.includes(name)));
  return [...tooMany, ...[...STANDARD, ...extended].flatMap((resource): Shortage[] => {
    const whole = allocatable[resource];
    const requested = podRequest(pod, resource);
    if (whole === undefined || requested === 0) return [];
    const capacity = resource === 'cpu' ? quantityMilliValue(whole) : quantityValue(whole);
    const used = others.reduce((sum, other) => sum + podRequest(other, resource), 0);
    return requested > capacity - used ? [{ resource, requested, used, capacity }] : [];
  })];
}

export function shortageText({ resource, requested, used, capacity }: Shortage): string {
  return `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
}

export const missingAmount = ({ requested, capacity, used }: Shortage): number => requested - (capacity - used);

import type { coreV1 } from '@kubernode/api';
import { milliCpu } from '../pod/amounts.ts';
import type { Container } from '../pod/pod-facts.ts';

export interface ShownResourcesInput {
  /** With the resources that the node has allocated. */
  container: Container;
  isRunning: boolean;
  /** What it has: as the runtime tells, or as it was last told. */
  actual: coreV1.ResourceRequirements | undefined;
  previous: coreV1.ContainerStatus | undefined;
}

type Shown = Pick<coreV1.ContainerStatus, 'resources' | 'allocatedResources'>;

/** The kernel's least: smaller ones are all the same to it, and shown as they were asked for. */
const MILLI_CPU_LIMIT_MIN = 10;
const MILLI_CPU_REQUEST_MIN = 2;

/** The resources of a container's status: what is allocated, and where it runs, what it really has of processor and memory. */
export function shownResources({ container, isRunning, actual, previous }: ShownResourcesInput): Shown {
  const allocated = container.resources ?? {};
  const own: Shown = { resources: allocated, ...(allocated.requests !== undefined && { allocatedResources: allocated.requests }) };
  if (!isRunning) return own;
  const before = previous?.state?.running === undefined ? {} : previous.resources ?? {};
  const { limits, requests } = allocated;
  return {
    ...own,
    resources: {
      ...allocated,
      ...(limits !== undefined && { limits: merged(limits, actual === undefined ? before.limits : actual.limits, MILLI_CPU_LIMIT_MIN) }),
      ...(requests !== undefined && { requests: merged(requests, actual === undefined ? before.requests : actual.requests, MILLI_CPU_REQUEST_MIN) }),
    },
  };
}

function merged(allocated: Readonly<Record<string, string>>, actual: Readonly<Record<string, string>> = {}, milliMin: number): Record<string, string> {
  const result = { ...allocated };
  const { cpu, memory } = actual;
  if (cpu !== undefined && (milliCpu(cpu) > milliMin || milliCpu(allocated['cpu']) > milliMin)) result['cpu'] = cpu;
  if (memory !== undefined) result['memory'] = memory;
  return result;
}

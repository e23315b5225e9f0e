import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { bytes, milliCpu } from '../pod/amounts.ts';
import { type Container, initContainers, isSidecar, mainContainers, type Pod } from '../pod/pod-facts.ts';
import { latestContainer, type PodState } from '../runtime/pod-state.ts';

type Resources = coreV1.ResourceRequirements;
export type ResizedResource = 'cpu' | 'memory';

/** The amounts of a container that can change while it runs: thousandths of a core, and bytes. */
export interface Amounts { cpuRequest: number; cpuLimit: number; memoryRequest: number; memoryLimit: number }

/** One container that is to get other amounts of one resource without a new process. */
export interface ContainerUpdate { container: Container; id: string; actual: Amounts; wanted: Amounts }

/** Updates by resource, those that free something first; and what differs of the pod's own resources. */
export interface Resize { cpu: ContainerUpdate[]; memory: ContainerUpdate[]; pod: readonly ResizedResource[] }

/** What of a container, or of the pod as a whole, the kernel was last told; undefined where nobody knows, which counts as what is wanted. */
export type Actuated = (container?: string) => Resources | undefined;

const AMOUNTS: Readonly<Record<ResizedResource, readonly (keyof Amounts)[]>> = { cpu: ['cpuLimit', 'cpuRequest'], memory: ['memoryLimit', 'memoryRequest'] };

export function amountsOf({ requests = {}, limits = {} }: Resources): Amounts {
  return { cpuRequest: milliCpu(requests['cpu']), cpuLimit: milliCpu(limits['cpu']), memoryRequest: bytes(requests['memory']), memoryLimit: bytes(limits['memory']) };
}

/** Whether amounts that differ can be had by a new process only. */
export function needsRestartToResize(container: Container, actuated: Actuated): boolean {
  const actual = actuated(container.name);
  return actual !== undefined && changedResources(amountsOf(actual), amountsOf(container.resources ?? {}))
    .some((resource) => container.resizePolicy?.some(({ resourceName, restartPolicy }) => resourceName === resource && restartPolicy === 'RestartContainer') === true);
}

/** What is to be changed of the containers that run. `pod` has the resources that the node has allocated to it. */
export function computeResize(pod: Pod, state: PodState, actuated: Actuated): Resize {
  const resize: Resize = { cpu: [], memory: [], pod: changedOfPod(pod, actuated) };
  for (const { container, current } of runningResizable(pod, state)) {
    const record = actuated(container.name);
    if (record === undefined || needsRestartToResize(container, actuated)) continue;
    const actual = amountsOf(record);
    const wanted = amountsOf(container.resources ?? {});
    for (const resource of changedResources(actual, wanted)) {
      const update = { container, id: current.id, actual, wanted };
      const [limit, request] = AMOUNTS[resource] as [keyof Amounts, keyof Amounts]; // two each
      const grows = wanted[limit] === actual[limit] ? wanted[request] > actual[request] : wanted[limit] > actual[limit];
      if (grows) resize[resource].push(update); else resize[resource].unshift(update);
    }
  }
  return resize;
}

/** Whether a running container has not got yet what is allocated to it. */
export function isResizing(pod: Pod, state: PodState, actuated: Actuated): boolean {
  return changedOfPod(pod, actuated).length > 0 || runningResizable(pod, state).some(({ container }) => {
    const record = actuated(container.name);
    return record !== undefined && changedResources(amountsOf(record), amountsOf(container.resources ?? {})).length > 0;
  });
}

function changedOfPod({ spec }: Pod, actuated: Actuated): ResizedResource[] {
  const record = actuated();
  return record === undefined || spec?.resources === undefined ? [] : changedResources(amountsOf(record), amountsOf(spec.resources));
}

function changedResources(a: Amounts, b: Amounts): ResizedResource[] {
  return (['memory', 'cpu'] as const).filter((resource) => AMOUNTS[resource].some((amount) => a[amount] !== b[amount]));
}

function runningResizable(pod: Pod, state: PodState): { container: Container; current: ContainerDetail }[] {
  return [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)].flatMap((container) => {
    const current = latestContainer(state, container.name);
    return current?.phase === 'running' ? [{ container, current }] : [];
  });
}

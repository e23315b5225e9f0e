import type { coreV1 } from '@kubernode/api';
import { couldRestartAll, initContainers, mainContainers, type Pod, restartsAll } from '../pod/pod-facts.ts';
import { latestContainer, type PodState } from '../runtime/pod-state.ts';

export const ALL_CONTAINERS_RESTARTING = 'AllContainersRestarting';

/** Whether the pod is to begin anew in its sandbox: an end of a container asks for it, or it is under way. */
export function isRestartingAll(pod: Pod, state: PodState, previous: coreV1.PodStatus): boolean {
  if (!couldRestartAll(pod)) return false;
  if (previous.conditions?.some(({ type, status }) => type === ALL_CONTAINERS_RESTARTING && status === 'True') === true) return true;
  const before = [...previous.initContainerStatuses ?? [], ...previous.containerStatuses ?? []];
  return [...initContainers(pod), ...mainContainers(pod)].some((container) => {
    const current = latestContainer(state, container.name);
    if (current?.phase === 'exited') return restartsAll(container, current.exitCode);
    const terminated = before.find(({ name }) => name === container.name)?.state?.terminated;
    return current === undefined && terminated !== undefined && restartsAll(container, terminated.exitCode);
  });
}

/** Everything of the pod has been removed from the runtime, so that it can begin again. */
export function isCleanedUp(pod: Pod, state: PodState): boolean {
  return [...initContainers(pod), ...mainContainers(pod)].every(({ name }) => latestContainer(state, name) === undefined);
}

import type { coreV1 } from '@kubernode/api';
import { initContainers, isTerminalPhase, type Pod } from '../pod/pod-facts.ts';
import { unseenEnd } from './compute-container-statuses.ts';

const UNSEEN = 'The container could not be located when the pod was terminated';

/** The last status of a pod whose containers have stopped: it is over, and so is every container that can have run. */
export function endStatus(pod: Pod, status: coreV1.PodStatus): coreV1.PodStatus {
  const { containerStatuses = [], initContainerStatuses, phase } = status;
  return {
    ...status,
    phase: isTerminalPhase(phase) ? phase as string : 'Failed', // a terminal one is a string
    containerStatuses: wasInitialized(pod, status) ? containerStatuses.map(ended) : containerStatuses,
    ...(initContainerStatuses !== undefined && { initContainerStatuses: initContainerStatuses.map((one, i) => (i < begunCount(initContainerStatuses) ? ended(one) : one)) }),
  };
}

function ended(status: coreV1.ContainerStatus): coreV1.ContainerStatus {
  return status.state?.terminated === undefined ? { ...status, state: { terminated: unseenEnd(UNSEEN) } } : status;
}

function wasInitialized(pod: Pod, { containerStatuses = [], initContainerStatuses = [] }: coreV1.PodStatus): boolean {
  if (initContainers(pod).length === 0) return true;
  if (containerStatuses.some(({ state, lastState }) => lastState?.terminated !== undefined || state?.waiting === undefined)) return true;
  const last = initContainerStatuses.at(-1);
  return last?.state?.terminated?.exitCode === 0 || last?.lastState?.terminated?.exitCode === 0 || (last?.state?.running !== undefined && last.started === true);
}

/** How many init containers have been reached: what stands behind the last one that was started never was. The first one counts always. */
function begunCount(statuses: readonly coreV1.ContainerStatus[]): number {
  return Math.max(1, statuses.findLastIndex(({ state, lastState }) => state?.waiting === undefined || lastState?.terminated !== undefined) + 1);
}

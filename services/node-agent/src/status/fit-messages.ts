import type { coreV1 } from '@kubernode/api';
import { allContainers, type Pod } from '../pod/pod-facts.ts';

/** Bytes that the last words of all containers of a pod may take. */
const POD_MESSAGES_MAX = 12 * 1024;

/** Cuts termination messages so that those of all containers fit into a status. */
export function fitMessages(pod: Pod, status: coreV1.PodStatus): coreV1.PodStatus {
  const limit = Math.floor(POD_MESSAGES_MAX / Math.max(1, allContainers(pod).length));
  const cut = (state: coreV1.ContainerState | undefined): coreV1.ContainerState | undefined => {
    const message = state?.terminated?.message;
    if (state?.terminated === undefined || message === undefined || Buffer.byteLength(message) <= limit) return state;
    return { terminated: { ...state.terminated, message: Buffer.from(message).subarray(0, limit).toString('utf8') } };
  };
  const fit = (one: coreV1.ContainerStatus): coreV1.ContainerStatus => {
    const state = cut(one.state);
    const lastState = cut(one.lastState);
    return state === one.state && lastState === one.lastState ? one : { ...one, ...(state && { state }), ...(lastState && { lastState }) };
  };
  return {
    ...status,
    ...(status.initContainerStatuses && { initContainerStatuses: status.initContainerStatuses.map(fit) }),
    ...(status.containerStatuses && { containerStatuses: status.containerStatuses.map(fit) }),
    ...(status.ephemeralContainerStatuses && { ephemeralContainerStatuses: status.ephemeralContainerStatuses.map(fit) }),
  };
}

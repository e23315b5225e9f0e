import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { allContainers } from '../pod/pod-facts.ts';
import type { PodWorker } from '../pod-workers/pod-worker.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { HttpFault } from './http-fault.ts';

export interface ContainerAddress { namespace: string; pod: string; container: string; uid?: string | undefined }

export function findPod(workers: PodWorkers, { namespace, pod, uid }: Pick<ContainerAddress, 'namespace' | 'pod' | 'uid'>): PodWorker {
  const worker = uid === undefined || uid === '' ? workers.find(namespace, pod) : workers.get(uid);
  if (worker === undefined) throw new HttpFault(404, `pod does not exist: pod "${pod}" not found`);
  return worker;
}

/** The running container of that name. */
export function findRunning(workers: PodWorkers, address: ContainerAddress): ContainerDetail {
  const { state } = findPod(workers, address);
  const found = state.containers.find(({ name, phase }) => name === address.container && phase === 'running');
  if (found === undefined) throw new HttpFault(404, `container not found ("${address.container}")`);
  return found;
}

/** The container whose log is meant: the present one, or with `previous` the one before it. */
export function findLogged(workers: PodWorkers, address: ContainerAddress, previous: boolean): ContainerDetail {
  const { pod, state, status } = findPod(workers, address);
  const { container } = address;
  if (!allContainers(pod).some(({ name }) => name === container)) throw new HttpFault(404, `container "${container}" not found in pod "${address.pod}"`);
  const shown = statusOf(status, container);
  const records = state.containers.filter(({ name, phase }) => name === container && phase !== 'created');
  if (previous) {
    const before = shown?.state?.waiting !== undefined && records[0]?.phase === 'exited' ? records[0] : records[1];
    if (before === undefined) throw new HttpFault(400, `previous terminated container "${container}" in pod "${address.pod}" not found`);
    return before;
  }
  const [current] = records;
  if (current !== undefined) return current;
  const reason = shown?.state?.waiting?.reason;
  throw new HttpFault(400, reason === undefined ? `container "${container}" in pod "${address.pod}" is not available` : `container "${container}" in pod "${address.pod}" is waiting to start: ${waitingText(shown)}`);
}

function waitingText(status: coreV1.ContainerStatus | undefined): string {
  const { reason = '' } = status?.state?.waiting ?? {};
  const isPull = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'].includes(reason);
  return isPull ? 'trying and failing to pull image' : reason;
}

function statusOf({ containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] }: coreV1.PodStatus, name: string): coreV1.ContainerStatus | undefined {
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((status) => status.name === name);
}

import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail, CriRuntime } from '../cri/cri-runtime.ts';
import { allContainers } from '../pod/pod-facts.ts';
import type { PodWorker } from '../pod-workers/pod-worker.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { HttpFault } from './http-fault.ts';

export interface PodAddress { namespace: string; pod: string; uid?: string | undefined }
export interface ContainerAddress extends PodAddress { container: string }

export function findPod(workers: Pick<PodWorkers, 'find'>, { namespace, pod }: PodAddress): PodWorker {
  const worker = workers.find(namespace, pod);
  if (worker === undefined) throw new HttpFault(404, 'pod does not exist');
  return worker;
}

/** The running container of that name; undefined where none runs, or in another pod of the name. */
export function findRunning({ state, pod: { metadata } }: PodWorker, { container, uid }: ContainerAddress): ContainerDetail | undefined {
  if (uid !== undefined && uid !== metadata.uid) return undefined;
  return state.containers.find(({ name, phase }) => name === container && phase === 'running');
}

export interface LoggedContainer { id: string; logPath: string }

/** The container whose log is meant: the present one, or with `previous` the one before it. */
export async function findLogged({ workers, runtime }: { workers: Pick<PodWorkers, 'find'>; runtime: Pick<CriRuntime, 'containerStatus'> }, { namespace, pod: podName, container }: ContainerAddress, previous: boolean): Promise<LoggedContainer> {
  const worker = workers.find(namespace, podName);
  if (worker === undefined) throw new HttpFault(404, `pod "${podName}" does not exist`);
  if (!allContainers(worker.pod).some(({ name }) => name === container)) throw new HttpFault(404, `container "${container}" not found in pod "${podName}"`);
  const containerId = loggedId(statusOf(worker.status, container), { podName, container, previous });
  const id = containerId.replace(/^[a-z0-9.+-]+:\/\//, '');
  const known = worker.state.containers.find((one) => one.id === id);
  if (known !== undefined) return known;
  try { return await runtime.containerStatus(id); } catch (error) {
    throw new HttpFault(400, `unable to retrieve container logs for ${containerId}`, { cause: error });
  }
}

/** Which container a status tells of; throws why there is none to read from. Pure. */
export function loggedId(status: coreV1.ContainerStatus | undefined, { podName, container, previous }: { podName: string; container: string; previous: boolean }): string {
  const fault = (rest: string): HttpFault => new HttpFault(400, rest);
  const name = `container "${container}" in pod "${podName}"`;
  if (status === undefined) throw fault(`${name} is not available`);
  const { state: { waiting, running, terminated } = {}, lastState } = status;
  const last = lastState?.terminated;
  const lastId = last?.containerID ?? '';
  if (previous) {
    if (lastId === '') throw fault(`previous terminated ${name} not found`);
    return lastId;
  }
  if (running) return status.containerID ?? '';
  if (terminated || last) {
    const id = (terminated?.containerID ?? '') === '' ? lastId : terminated?.containerID ?? '';
    if (id === '') throw fault(`${name} is terminated`);
    return id;
  }
  if (!waiting) throw fault(`${name} is waiting to start - no logs yet`);
  const { reason = '' } = waiting;
  throw fault(`${name} is waiting to start: ${WAITING[reason] ?? reason}`);
}

const WAITING: Readonly<Record<string, string>> = { ErrImagePull: 'image can\'t be pulled', ImagePullBackOff: 'trying and failing to pull image' };

function statusOf({ containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] }: coreV1.PodStatus, name: string): coreV1.ContainerStatus | undefined {
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((status) => status.name === name);
}

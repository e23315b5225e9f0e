import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { type Container, ephemeralContainers, initContainers, isSidecar, mainContainers, type Pod, shouldRestart } from '../pod/pod-facts.ts';
import type { PodState } from '../runtime/pod-state.ts';

/** Why a container could not be started, in the words of its waiting state. */
export interface WaitingReason { reason: string; message: string }
/** What the probes say of a container, by its id. */
export interface ReadinessVerdict { started: boolean; ready: boolean }

export interface ContainerStatusInput {
  pod: Pod;
  state: PodState;
  /** By container name; kept until the container has been started. */
  waiting: ReadonlyMap<string, WaitingReason>;
  readiness: (containerId: string) => ReadinessVerdict;
  /** As last written: what the runtime has forgotten is carried over. */
  previous: readonly coreV1.ContainerStatus[];
}

export interface ContainerStatuses { init: coreV1.ContainerStatus[]; main: coreV1.ContainerStatus[]; ephemeral: coreV1.ContainerStatus[] }

const DEFAULT_IMAGE_STATE = { image: '', imageID: '' };

/** The statuses of all containers; main ones by name, as Kubernetes orders them. */
export function computeContainerStatuses(input: ContainerStatusInput): ContainerStatuses {
  const { pod } = input;
  const byName = (a: coreV1.ContainerStatus, b: coreV1.ContainerStatus): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  return {
    init: initContainers(pod).map((container) => containerStatus(input, container, true)),
    main: mainContainers(pod).map((container) => containerStatus(input, container, false)).sort(byName),
    ephemeral: ephemeralContainers(pod).map((container) => containerStatus(input, container, false)).sort(byName),
  };
}

function containerStatus(input: ContainerStatusInput, container: Container, isInit: boolean): coreV1.ContainerStatus {
  const [current, before] = input.state.containers.filter((one) => one.name === container.name);
  const previous = input.previous.find((one) => one.name === container.name);
  const running = current === undefined ? withoutRecord(input, container, previous) : fromRecord(current, before, previous);
  const status = applyWaiting({ input, container, isInit, current, status: running });
  const verdict = readiness(input, { container, isInit, current, status });
  return { ...status, ...verdict, ...(volumeMounts(container)), ...resourcesOf(container) };
}

/** The runtime has no such container: it is to be made, or its record is gone. */
function withoutRecord({ pod }: ContainerStatusInput, container: Container, previous: coreV1.ContainerStatus | undefined): coreV1.ContainerStatus {
  if (previous?.state?.terminated !== undefined) return previous;
  const reason = initContainers(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const base = { ...DEFAULT_IMAGE_STATE, name: container.name, image: container.image ?? '', ready: false, restartCount: previous?.restartCount ?? 0 };
  if (previous?.state?.running !== undefined) {
    const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was deleted.  The container used to be Running', startedAt: null, finishedAt: null } as unknown as coreV1.ContainerStateTerminated; // Kubernetes shows null times here
    return { ...base, restartCount: base.restartCount + 1, state: { waiting: { reason } }, lastState: { terminated } };
  }
  return { ...base, state: { waiting: { reason } }, lastState: previous?.lastState ?? {} };
}

function fromRecord(current: ContainerDetail, before: ContainerDetail | undefined, previous: coreV1.ContainerStatus | undefined): coreV1.ContainerStatus {
  const lastState = before?.phase === 'exited' ? { terminated: terminatedState(before) } : previous?.containerID === containerId(current) ? previous.lastState ?? {} : {};
  return {
    name: current.name, image: current.image, imageID: current.imageRef, containerID: containerId(current), ready: false,
    restartCount: current.attempt, state: stateOf(current), lastState,
  };
}

const containerId = ({ id }: ContainerDetail): string => `containerd://${id}`;

function stateOf(container: ContainerDetail): coreV1.ContainerState {
  switch (container.phase) {
    case 'running': return { running: { startedAt: toRfc3339(container.startedAtMs) } };
    case 'exited': return { terminated: terminatedState(container) };
    case 'created': case 'unknown': return { waiting: {} };
  }
}

function terminatedState(container: ContainerDetail): coreV1.ContainerStateTerminated {
  const { exitCode, reason, message, startedAtMs, finishedAtMs } = container;
  return {
    exitCode,
    // The runtime names any process that ran out of memory; the container's own fate is in its exit code.
    reason: reason === 'OOMKilled' && exitCode === 0 ? 'Completed' : reason,
    ...(message !== '' && { message }),
    startedAt: toRfc3339(startedAtMs), finishedAt: toRfc3339(finishedAtMs), containerID: containerId(container),
  };
}

interface WaitingInput { input: ContainerStatusInput; container: Container; isInit: boolean; current: ContainerDetail | undefined; status: coreV1.ContainerStatus }

/** A container that will be started but could not be is waiting, and what it ended with stands in its last state. */
function applyWaiting({ input, container, isInit, current, status }: WaitingInput): coreV1.ContainerStatus {
  const reason = input.waiting.get(container.name);
  if (reason === undefined || current?.phase === 'running') return status;
  if (isInit && !isSidecar(container) && current?.phase === 'exited' && current.exitCode === 0) return status;
  if (input.pod.metadata.deletionTimestamp !== undefined) return status;
  if (current?.phase === 'exited' && !shouldRestart(input.pod, container, current.exitCode)) return status;
  return { ...status, state: { waiting: { reason: reason.reason, ...(reason.message !== '' && { message: reason.message }) } }, ...(status.state?.terminated !== undefined && { lastState: status.state }) };
}

function readiness({ readiness: probe }: ContainerStatusInput, { container, isInit, current, status }: Omit<WaitingInput, 'input'>): { ready: boolean; started: boolean } {
  const runs = current?.phase === 'running' && status.state?.running !== undefined;
  if (isInit && !isSidecar(container)) return { ready: status.state?.terminated?.exitCode === 0, started: runs };
  if (!runs) return { ready: false, started: false };
  const { started, ready } = probe(current.id);
  return { started, ready: started && ready };
}

function volumeMounts({ volumeMounts: mounts = [] }: Container): { volumeMounts?: coreV1.VolumeMountStatus[] } {
  if (mounts.length === 0) return {};
  return { volumeMounts: mounts.map(({ name, mountPath, readOnly = false }) => ({ name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: 'Disabled' }) })) };
}

function resourcesOf({ resources }: Container): Pick<coreV1.ContainerStatus, 'resources' | 'allocatedResources'> {
  if (resources === undefined) return {};
  return { resources, ...(resources.requests !== undefined && { allocatedResources: resources.requests }) };
}

/** Whole seconds, as the API writes times. */
export function toRfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

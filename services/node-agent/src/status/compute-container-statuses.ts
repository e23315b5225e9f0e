import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { type Container, ephemeralContainers, initContainers, isSidecar, mainContainers, type Pod, shouldRestart } from '../pod/pod-facts.ts';
import { latestContainer, type PodState } from '../runtime/pod-state.ts';
import { shownResources } from './shown-resources.ts';

/** Why a container could not be started, in the words of its waiting state. */
export interface WaitingReason { reason: string; message: string }
/** What the probes say of a container, by its id. */
export interface ReadinessVerdict { started: boolean; ready: boolean }

export interface ContainerStatusInput {
  /** With the resources that the node has allocated to it. */
  pod: Pod;
  state: PodState;
  /** By container name; kept until the container has been started. */
  waiting: ReadonlyMap<string, WaitingReason>;
  readiness: (containerId: string) => ReadinessVerdict;
  /** As last written: what the runtime has forgotten is carried over. */
  previous: coreV1.PodStatus;
  /** What the kernel was last told of a container's resources. */
  actuated: (container?: string) => coreV1.ResourceRequirements | undefined;
  /** The pod begins anew in its sandbox. */
  restartingAll: boolean;
  /** `containerd`, `cri-o`: stands before the ids. */
  runtimeName: string;
  recursiveReadOnly: boolean;
}

export interface ContainerStatuses { init: coreV1.ContainerStatus[]; main: coreV1.ContainerStatus[]; ephemeral: coreV1.ContainerStatus[] }

/** An end that nobody saw counts as one by force. */
const UNSEEN_EXIT_CODE = 137;
export const RESTARTING_ALL_CONTAINERS = 'RestartingAllContainers';

/** The statuses of all containers; main ones by name, as Kubernetes orders them. */
export function computeContainerStatuses(input: ContainerStatusInput): ContainerStatuses {
  const { pod, previous } = input;
  const statuses = (containers: readonly Container[], before: readonly coreV1.ContainerStatus[] = [], kind: Kind = 'main'): coreV1.ContainerStatus[] => (
    containers.map((container) => containerStatus(input, { container, kind, previous: before.find(({ name }) => name === container.name) })));
  const byName = (a: coreV1.ContainerStatus, b: coreV1.ContainerStatus): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  return {
    init: statuses(initContainers(pod), previous.initContainerStatuses, 'init'),
    main: statuses(mainContainers(pod), previous.containerStatuses).sort(byName),
    ephemeral: statuses(ephemeralContainers(pod), previous.ephemeralContainerStatuses).sort(byName),
  };
}

type Kind = 'init' | 'main';
interface Subject { container: Container; kind: Kind; previous: coreV1.ContainerStatus | undefined }

function containerStatus(input: ContainerStatusInput, subject: Subject): coreV1.ContainerStatus {
  const { container, previous } = subject;
  const [current, before] = input.state.containers.filter(({ name }) => name === container.name);
  const known = current === undefined ? withoutRecord(input, subject) : fromRecord(input, { current, before, previous });
  const status = applyWaiting(input, subject, { ...known, ...volumeMounts(container, input) });
  return {
    ...status, ...readiness(input, subject, { status, current }),
    ...(current !== undefined && shownResources({ container, isRunning: current.phase === 'running', actual: current.resources ?? input.actuated(container.name), previous })),
    ...(current?.user !== undefined && { user: { linux: current.user } }),
    ...(container.lifecycle?.stopSignal !== undefined && current?.stopSignal !== undefined && { stopSignal: current.stopSignal }),
  };
}

/** The runtime has no such container: it is to be made, or its record is gone. */
function withoutRecord(input: ContainerStatusInput, { container, previous }: Subject): coreV1.ContainerStatus {
  const { pod, restartingAll } = input;
  const reason = initContainers(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const restartCount = previous?.restartCount ?? 0;
  const base = { name: container.name, image: container.image ?? '', imageID: '', ready: false, restartCount, state: { waiting: { reason } }, lastState: previous?.lastState ?? {} };
  if (previous === undefined) return base;
  if (restartingAll && previous.state?.waiting === undefined) {
    const message = 'The container is removed because RestartAllContainers in place';
    return { ...base, restartCount: restartCount + 1, state: { waiting: { reason: RESTARTING_ALL_CONTAINERS, message } }, lastState: { terminated: unseenEnd(message, RESTARTING_ALL_CONTAINERS) } };
  }
  if (previous.state?.terminated !== undefined) return previous;
  if (previous.state?.running === undefined || previous.lastState?.terminated !== undefined) return base;
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  return { ...base, restartCount: restartCount + (isDeleted ? 0 : 1), lastState: { terminated: unseenEnd('The container could not be located when the pod was deleted.  The container used to be Running') } };
}

/** The state of a container whose end was not seen. */
export function unseenEnd(message: string, reason = 'ContainerStatusUnknown'): coreV1.ContainerStateTerminated {
  return { exitCode: UNSEEN_EXIT_CODE, reason, message, startedAt: null, finishedAt: null } as unknown as coreV1.ContainerStateTerminated; // Kubernetes shows null times here
}

interface Records { current: ContainerDetail; before: ContainerDetail | undefined; previous: coreV1.ContainerStatus | undefined }

function fromRecord(input: ContainerStatusInput, { current, before, previous }: Records): coreV1.ContainerStatus {
  const containerID = fullId(input, current);
  const state = stateOf(input, current, previous);
  const isUnseenEnd = current.phase === 'unknown' && state.terminated !== undefined;
  // Records that were removed, as all are when a pod begins anew, live on in what was last written.
  const beginsAnew = state.running !== undefined && previous?.state?.terminated !== undefined && previous.restartCount >= current.attempt && previous.containerID !== containerID;
  const restartCount = Math.max(current.attempt + (isUnseenEnd ? 1 : 0), (previous?.restartCount ?? 0) + (isUnseenEnd || beginsAnew ? 1 : 0));
  return { name: current.name, image: current.image, imageID: current.imageRef, containerID, ready: false, restartCount, state, lastState: lastState(input, { current, before, previous }) };
}

function lastState(input: ContainerStatusInput, { current, before, previous }: Records): coreV1.ContainerState {
  if (before !== undefined) return stateOf(input, before, undefined);
  if (previous === undefined) return {};
  if (previous.containerID !== fullId(input, current) && previous.state?.terminated !== undefined) return { terminated: previous.state.terminated };
  return previous.lastState?.terminated === undefined ? {} : { terminated: previous.lastState.terminated };
}

function fullId({ runtimeName }: ContainerStatusInput, { id }: ContainerDetail): string { return `${runtimeName}://${id}`; }

function stateOf(input: ContainerStatusInput, container: ContainerDetail, previous: coreV1.ContainerStatus | undefined): coreV1.ContainerState {
  switch (container.phase) {
    case 'running': return { running: { startedAt: toRfc3339(container.startedAtMs) } };
    case 'exited': return { terminated: terminatedState(input, container) };
    case 'created': return { waiting: {} };
    case 'unknown': // it ran, and nobody saw how it ended
      if (previous?.state?.running === undefined) return { waiting: {} };
      return { terminated: unseenEnd('The container could not be located when the pod was terminated', input.restartingAll ? RESTARTING_ALL_CONTAINERS : undefined) };
  }
}

function terminatedState(input: ContainerStatusInput, container: ContainerDetail): coreV1.ContainerStateTerminated {
  const { exitCode, reason, message, startedAtMs, finishedAtMs } = container;
  return {
    exitCode,
    // The runtime names any process that ran out of memory; the container's own fate is in its exit code.
    reason: reason === 'OOMKilled' && exitCode === 0 ? 'Completed' : reason,
    ...(message !== '' && { message }),
    startedAt: toRfc3339(startedAtMs), finishedAt: toRfc3339(finishedAtMs), containerID: fullId(input, container),
  };
}

/** A container that will be started but could not be is waiting, and what it ended with stands in its last state. */
function applyWaiting({ pod, state, waiting }: ContainerStatusInput, { container, kind }: Subject, status: coreV1.ContainerStatus): coreV1.ContainerStatus {
  const current = latestContainer(state, container.name);
  if (kind === 'init') {
    if (current?.phase === 'exited' && current.exitCode === 0) return status;
    const isLost = current === undefined && !isSidecar(container) && status.state?.waiting !== undefined;
    if (isLost && mainContainers(pod).some(({ name }) => (latestContainer(state, name)?.phase ?? 'unknown') !== 'unknown')) {
      const message = 'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally';
      return { ...status, state: { terminated: { ...unseenEnd(message, 'Completed'), exitCode: 0 } } };
    }
  }
  const reason = waiting.get(container.name);
  if (reason === undefined || !isToBeStarted(pod, container, current)) return status;
  return { ...status, state: { waiting: { reason: reason.reason, ...(reason.message !== '' && { message: reason.message }) } }, ...(status.state?.terminated !== undefined && { lastState: status.state }) };
}

function isToBeStarted(pod: Pod, container: Container, current: ContainerDetail | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (current?.phase === 'running') return false;
  return current?.phase !== 'exited' || shouldRestart(pod, container, current.exitCode);
}

function readiness({ readiness: probe }: ContainerStatusInput, { container, kind }: Subject, { status, current }: { status: coreV1.ContainerStatus; current: ContainerDetail | undefined }): { ready: boolean; started: boolean } {
  const runs = current?.phase === 'running' && status.state?.running !== undefined;
  if (kind === 'init' && !isSidecar(container)) return { ready: status.state?.terminated?.exitCode === 0, started: runs };
  if (!runs) return { ready: false, started: false };
  const { started, ready } = probe(current.id);
  return { started, ready: started && ready };
}

function volumeMounts({ volumeMounts: mounts = [] }: Container, { recursiveReadOnly: isSupported }: ContainerStatusInput): { volumeMounts?: coreV1.VolumeMountStatus[] } {
  if (mounts.length === 0) return {};
  return {
    volumeMounts: mounts.map(({ name, mountPath, readOnly = false, recursiveReadOnly }) => {
      const isRecursive = recursiveReadOnly === 'Enabled' || (recursiveReadOnly === 'IfPossible' && isSupported);
      return { name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: isRecursive ? 'Enabled' : 'Disabled' }) };
    }),
  };
}

/** Whole seconds, as the API writes times. */
export function toRfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

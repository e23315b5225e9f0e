import type { coreV1 } from '@kubernode/api';

/** What the one line of a pod says about its containers. */
export interface PodSummary {
  ready: number;
  total: number;
  /** The phase, or what explains it better: Init:1/2, CrashLoopBackOff, Completed, Terminating, … */
  status: string;
  restarts: number;
  /** When a container was last restarted. */
  lastRestart: string | undefined;
}

interface Tally { ready: number; restarts: number; lastRestart: string | undefined }

/** Sums up a pod as `kubectl get pods` shows it. */
export function podSummary(pod: Readonly<coreV1.Pod>): PodSummary {
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const init = initPhase(pod, sidecars);
  const initialized = init.reason === undefined || pod.status?.conditions?.find(({ type }) => type === 'Initialized')?.status === 'True';
  const main = initialized ? mainPhase(pod, init.sidecars, init.reason ?? basicStatus(pod)) : { ...init.all, reason: init.reason };
  return {
    ready: main.ready, total: (pod.spec?.containers?.length ?? 0) + sidecars.size, status: deletionStatus(pod) ?? main.reason ?? basicStatus(pod),
    restarts: main.restarts, lastRestart: main.lastRestart,
  };
}

function basicStatus({ status }: Readonly<coreV1.Pod>): string {
  const gated = status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated') === true;
  if (gated) return 'SchedulingGated';
  return status?.reason !== undefined && status.reason !== '' ? status.reason : status?.phase ?? '';
}

/** A pod that is being deleted says so, unless it has ended already. */
function deletionStatus({ metadata, status }: Readonly<coreV1.Pod>): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? undefined : 'Terminating';
}

/** Goes through init containers up to the first that has not done its part; `reason` is absent when all have. */
function initPhase(pod: Readonly<coreV1.Pod>, sidecarNames: ReadonlySet<string>): { all: Tally; sidecars: Tally; reason: string | undefined } {
  const all: Tally = { ready: 0, restarts: 0, lastRestart: undefined };
  const sidecars: Tally = { ready: 0, restarts: 0, lastRestart: undefined };
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecarNames.has(container.name);
    countRestarts(all, container);
    if (isSidecar) countRestarts(sidecars, container);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (isSidecar && container.started === true) {
      if (container.ready) { all.ready++; sidecars.ready++; }
      continue;
    }
    return { all, sidecars, reason: initReason(container, `${index}/${pod.spec?.initContainers?.length ?? 0}`) };
  }
  return { all, sidecars, reason: undefined };
}

function initReason({ state }: coreV1.ContainerStatus, progress: string): string {
  if (state?.terminated !== undefined) return `Init:${terminatedReason(state.terminated)}`;
  const waiting = state?.waiting?.reason ?? '';
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${progress}`;
}

function terminatedReason({ reason, signal, exitCode }: coreV1.ContainerStateTerminated): string {
  if (reason !== undefined && reason !== '') return reason;
  return signal !== undefined && signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** Goes through the containers from the last to the first, so that the first with something to say has the last word. */
function mainPhase({ status }: Readonly<coreV1.Pod>, sidecars: Tally, initial: string): Tally & { reason: string } {
  const tally = { ...sidecars };
  let reason = initial;
  let errorReason = '';
  let hasRunning = false;
  for (const container of [...(status?.containerStatuses ?? [])].reverse()) {
    countRestarts(tally, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== '') reason = waiting.reason;
    else if (terminated !== undefined) {
      reason = terminatedReason(terminated);
      if (terminated.exitCode !== 0) errorReason = reason;
    } else if (container.ready && running !== undefined) {
      hasRunning = true;
      tally.ready++;
    }
  }
  if (reason === 'Completed') reason = completedReason(status, hasRunning, errorReason);
  return { ...tally, reason };
}

/** The first container has completed; the pod as a whole perhaps has not. */
function completedReason(status: coreV1.PodStatus | undefined, hasRunning: boolean, errorReason: string): string {
  const isReady = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  if (hasRunning && isReady) return 'Running';
  if (errorReason !== '') return errorReason;
  return hasRunning ? 'NotReady' : 'Completed';
}

/** Adds a container's restarts; its last end before now tells when it was last restarted. */
function countRestarts(tally: Tally, { restartCount, lastState }: coreV1.ContainerStatus): void {
  tally.restarts += restartCount;
  const finished = lastState?.terminated?.finishedAt;
  if (finished !== undefined && finished !== null && (tally.lastRestart === undefined || tally.lastRestart < finished)) tally.lastRestart = finished;
}

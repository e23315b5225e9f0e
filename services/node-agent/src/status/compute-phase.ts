import type { coreV1 } from '@kubernode/api';
import { type Container, initContainers, isSidecar, mainContainers, type Pod, shouldRestart } from '../pod/pod-facts.ts';
import { RESTARTING_ALL_CONTAINERS } from './compute-container-statuses.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface PhaseInput {
  pod: Pod;
  statuses: readonly coreV1.ContainerStatus[];
  /** The pod ends: nothing is restarted, whatever the policy. */
  ending: boolean;
  /** Main containers have been made in the present sandbox. */
  initialized: boolean;
}

/** A pod's phase from its containers' statuses. */
export function computePhase({ pod, statuses, ending, initialized }: PhaseInput): Phase {
  const find = ({ name }: Container): coreV1.ContainerStatus | undefined => statuses.find((status) => status.name === name);
  const init = countInit(pod, find);
  if (init.failed) return 'Failed';
  const main = countMain(pod, find);
  const unknown = main.unknown + init.unknownSidecars;
  const running = main.running + init.runningSidecars;
  if (init.pending || (init.pendingSidecars && !initialized) || main.waiting + init.waitingSidecars > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running > 0 || main.stopped === 0 || unknown > 0) return 'Pending';
  if (!ending && main.stopped !== main.stoppedForGood) return 'Running';
  return main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
}

type Find = (container: Container) => coreV1.ContainerStatus | undefined;

function countInit(pod: Pod, find: Find): { failed: boolean; pending: boolean; pendingSidecars: boolean; runningSidecars: number; waitingSidecars: number; unknownSidecars: number } {
  const counts = { failed: false, pending: false, pendingSidecars: false, runningSidecars: 0, waitingSidecars: 0, unknownSidecars: 0 };
  for (const container of initContainers(pod)) {
    const status = find(container);
    const ended = status?.state?.terminated ?? (status?.state?.waiting !== undefined ? status.lastState?.terminated : undefined);
    if (!isSidecar(container)) {
      if (ended === undefined) counts.pending = true;
      else if (ended.exitCode !== 0 && !isToRestart(pod, container, ended)) counts.failed = true;
      continue;
    }
    if (status?.state?.running !== undefined) {
      counts.runningSidecars++;
      if (status.started !== true) counts.pendingSidecars = true;
    } else if (status === undefined) {
      counts.unknownSidecars++;
    } else if (ended === undefined) {
      counts.pendingSidecars = true;
      counts.waitingSidecars++;
    }
  }
  return counts;
}

function countMain(pod: Pod, find: Find): { running: number; waiting: number; unknown: number; stopped: number; stoppedForGood: number; succeeded: number } {
  const counts = { running: 0, waiting: 0, unknown: 0, stopped: 0, stoppedForGood: 0, succeeded: 0 };
  for (const container of mainContainers(pod)) {
    const { state, lastState } = find(container) ?? {};
    if (state?.running !== undefined) { counts.running++; continue; }
    const ended = state?.terminated ?? (state?.waiting !== undefined ? lastState?.terminated : undefined);
    if (ended === undefined) {
      if (state?.waiting !== undefined) counts.waiting++; else counts.unknown++;
      continue;
    }
    counts.stopped++;
    if (!isToRestart(pod, container, ended)) counts.stoppedForGood++;
    if (state?.terminated?.exitCode === 0) counts.succeeded++;
  }
  return counts;
}

function isToRestart(pod: Pod, container: Container, { exitCode, reason }: coreV1.ContainerStateTerminated): boolean {
  return reason === RESTARTING_ALL_CONTAINERS || shouldRestart(pod, container, exitCode);
}

import type { coreV1 } from '@kubernode/api';
import { isHostNetwork, isTerminalPhase, mainContainers, qosClass } from '../pod/pod-facts.ts';
import type { PodEnd } from '../pod-workers/pod-end.ts';
import { usableSandbox } from '../runtime/compute-pod-actions.ts';
import { podIps } from '../runtime/pod-state.ts';
import { computeConditions } from './compute-conditions.ts';
import { computeContainerStatuses, type ContainerStatusInput, toRfc3339 } from './compute-container-statuses.ts';
import { computePhase, type Phase } from './compute-phase.ts';
import { isCleanedUp, isRestartingAll } from './restart-all.ts';
import { endStatus } from './end-status.ts';
import { fitMessages } from './fit-messages.ts';
import { podResources } from './pod-resources.ts';

export interface PodStatusInput extends Omit<ContainerStatusInput, 'restartingAll'> {
  /** The pod ends and its containers have stopped. */
  ending: boolean;
  /** An end that the node has decided; it shows once containers have stopped. */
  decree?: PodEnd | undefined;
  /** How a change of resources goes on. */
  resize: readonly coreV1.PodCondition[];
  hostIps: readonly string[];
  /** When the node agent first saw the pod. */
  startedAtMs: number;
  nowMs: number;
}

/** A pod's whole status, from its spec, what the runtime has of it, and what was written before. */
export function computePodStatus(input: PodStatusInput): coreV1.PodStatus {
  const { pod, state, previous, ending, decree, hostIps, startedAtMs } = input;
  const restartingAll = isRestartingAll(pod, state, previous);
  const { init, main, ephemeral } = computeContainerStatuses({ ...input, restartingAll });
  const phase = ending && decree !== undefined ? 'Failed' : nextPhase(input, [...init, ...main]);
  const ips = addresses(input);
  const reason = ending && decree !== undefined ? decree : phase === previous.phase ? { reason: previous.reason ?? pod.status?.reason, message: previous.message ?? pod.status?.message } : {};
  const status: coreV1.PodStatus = {
    phase,
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    ...(reason.reason !== undefined && { reason: reason.reason }),
    ...(reason.message !== undefined && { message: reason.message }),
    hostIP: hostIps[0] ?? '', hostIPs: hostIps.map((ip) => ({ ip })),
    ...(ips[0] !== undefined && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    startTime: previous.startTime ?? toRfc3339(startedAtMs),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: qosClass(pod),
    ...podResources(pod, input.actuated),
  };
  const ended = fitMessages(pod, ending ? endStatus(pod, status) : status);
  return { ...ended, conditions: conditionsOf(input, ended, restartingAll && !isCleanedUp(pod, state)) };
}

function conditionsOf({ pod, state, previous, ending, decree, resize, nowMs }: PodStatusInput, { phase, initContainerStatuses = [], containerStatuses = [] }: coreV1.PodStatus, restartingAll: boolean): coreV1.PodCondition[] {
  const added = ending ? decree?.conditions ?? [] : [];
  const before = (previous.conditions ?? []).filter(({ type }) => !added.some((one) => one.type === type));
  return computeConditions({
    pod, phase: phase as Phase, statuses: [...initContainerStatuses, ...containerStatuses], hasSandbox: usableSandbox(pod, state) !== undefined, // computed above
    previous: [...before, ...added], restartingAll, resize: ending ? [] : resize, nowMs,
  });
}

/** Succeeded and Failed are for good. */
function nextPhase({ pod, state, previous, ending }: PodStatusInput, statuses: readonly coreV1.ContainerStatus[]): Phase {
  for (const phase of [pod.status?.phase, previous.phase]) if (isTerminalPhase(phase)) return phase as Phase; // one of the two terminal ones
  const [sandbox] = state.sandboxes;
  const initialized = mainContainers(pod).some(({ name }) => state.containers.some((one) => one.name === name && one.sandboxId === sandbox?.id));
  return computePhase({ pod, statuses, ending, initialized });
}

/** The last known addresses stay while a pod ends, so that its last status still tells them. */
function addresses({ pod, state, previous, hostIps, ending }: PodStatusInput): readonly string[] {
  const before = (previous.podIPs ?? []).map(({ ip }) => ip);
  if (isHostNetwork(pod)) return before.length > 0 ? before : hostIps;
  const current = podIps(state);
  if (current.length > 0) return current;
  const over = ending || pod.metadata.deletionTimestamp !== undefined || state.sandboxes.length > 0;
  return over ? before : [];
}

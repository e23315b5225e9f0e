import type { coreV1 } from '@kubernode/api';
import { isHostNetwork, isTerminalPhase, mainContainers, type Pod, qosClass } from '../pod/pod-facts.ts';
import { podIps, type PodState } from '../runtime/pod-state.ts';
import { computeConditions } from './compute-conditions.ts';
import { computeContainerStatuses, type ReadinessVerdict, toRfc3339, type WaitingReason } from './compute-container-statuses.ts';
import { computePhase, type Phase } from './compute-phase.ts';

export interface PodStatusInput {
  pod: Pod;
  state: PodState;
  waiting: ReadonlyMap<string, WaitingReason>;
  readiness: (containerId: string) => ReadinessVerdict;
  /** As last written by this node agent, or as the API server had it. */
  previous: coreV1.PodStatus;
  /** The pod ends and its containers have stopped. */
  ending: boolean;
  /** An end decreed by the node agent itself: a deadline, an eviction, a pod it cannot take. */
  decree?: { phase: 'Failed'; reason: string; message: string } | undefined;
  hostIp: string;
  /** When the node agent first saw the pod. */
  startedAtMs: number;
  nowMs: number;
}

/** A pod's whole status, from its spec, what the runtime has of it, and what was written before. */
export function computePodStatus(input: PodStatusInput): coreV1.PodStatus {
  const { pod, state, waiting, readiness, previous, ending, decree, hostIp, startedAtMs, nowMs } = input;
  const before = [...(previous.initContainerStatuses ?? []), ...(previous.containerStatuses ?? []), ...(previous.ephemeralContainerStatuses ?? [])];
  const { init, main, ephemeral } = computeContainerStatuses({ pod, state, waiting, readiness, previous: before });
  const statuses = [...init, ...main];
  const phase = decree?.phase ?? nextPhase(input, statuses);
  const [sandbox] = state.sandboxes;
  const hasSandbox = sandbox?.ready === true && (isHostNetwork(pod) || sandbox.ips.length > 0);
  const ips = addresses({ pod, state, previous, hostIp, ending });
  const reason = decree ?? (phase === previous.phase ? previous : {});
  return {
    phase,
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    conditions: computeConditions({ pod, phase, statuses, hasSandbox, previous: previous.conditions ?? [], nowMs }),
    ...(reason.reason !== undefined && { reason: reason.reason }),
    ...(reason.message !== undefined && { message: reason.message }),
    hostIP: hostIp, hostIPs: [{ ip: hostIp }],
    ...(ips[0] !== undefined && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    startTime: previous.startTime ?? toRfc3339(startedAtMs),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: qosClass(pod),
  };
}

/** Succeeded and Failed are for good. */
function nextPhase({ pod, state, previous, ending }: PodStatusInput, statuses: readonly coreV1.ContainerStatus[]): Phase {
  for (const phase of [pod.status?.phase, previous.phase]) if (isTerminalPhase(phase)) return phase as Phase; // one of the two terminal ones
  const [sandbox] = state.sandboxes;
  const initialized = mainContainers(pod).some(({ name }) => state.containers.some((one) => one.name === name && one.sandboxId === sandbox?.id && one.phase !== 'created'));
  return computePhase({ pod, statuses, ending, initialized });
}

/** The last known addresses stay while a pod ends, so that its last status still tells them. */
function addresses({ pod, state, previous, hostIp, ending }: Pick<PodStatusInput, 'pod' | 'state' | 'previous' | 'hostIp' | 'ending'>): readonly string[] {
  if (isHostNetwork(pod)) return state.sandboxes.length > 0 || previous.podIP !== undefined ? [hostIp] : [];
  const current = podIps(state);
  if (current.length > 0) return current;
  const over = ending || pod.metadata.deletionTimestamp !== undefined || state.sandboxes.length > 0;
  return over ? (previous.podIPs ?? []).map(({ ip }) => ip) : [];
}

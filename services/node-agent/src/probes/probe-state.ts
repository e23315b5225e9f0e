import type { coreV1 } from '@kubernode/api';
import type { Pod } from '../pod/pod-facts.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';
/** What a probe holds of its container: `unknown` until a startup probe has said something. */
export type Verdict = 'success' | 'failure' | 'unknown';

/** A run of equal results, and the verdict that runs of enough length change. */
export interface ProbeState { verdict: Verdict; last: 'success' | 'failure' | undefined; run: number }

const INITIAL: Readonly<Record<ProbeKind, Verdict>> = { startup: 'unknown', liveness: 'success', readiness: 'failure' };

export function initialProbeState(kind: ProbeKind): ProbeState { return { verdict: INITIAL[kind], last: undefined, run: 0 }; }

/** A container from before this process keeps what its pod's status last said of it, so that a restart of the agent unreadies nothing. */
export function adoptedProbeState(kind: ProbeKind, { pod, containerId }: { pod: Pod; containerId: string }): ProbeState | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find((one) => one.containerID?.endsWith(`//${containerId}`) === true);
  const held = kind === 'readiness' ? status?.ready : kind === 'startup' ? status?.started : undefined;
  return held === true ? { ...initialProbeState(kind), verdict: 'success' } : undefined;
}

/** The state after one more result: the verdict turns once the threshold of equal results is reached. */
export function nextProbeState(state: ProbeState, result: 'success' | 'failure', probe: coreV1.Probe): ProbeState {
  const run = state.last === result ? state.run + 1 : 1;
  const threshold = result === 'success' ? probe.successThreshold ?? 1 : probe.failureThreshold ?? 3;
  return { last: result, run, verdict: run >= threshold ? result : state.verdict };
}

/**
 * When a probe is first made. Readiness is asked for at once; the others, whose failures kill, give a container a period to come up, as
 * the kubelet's ticks do.
 */
export function firstProbeAtMs(kind: ProbeKind, { initialDelaySeconds = 0, periodSeconds = 10 }: coreV1.Probe, startedAtMs: number): number {
  return startedAtMs + (kind === 'readiness' ? initialDelaySeconds : Math.max(initialDelaySeconds, periodSeconds)) * 1000;
}

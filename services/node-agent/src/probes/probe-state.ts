import type { coreV1 } from '@kubernode/api';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';
/** What a probe holds of its container: `unknown` until a startup probe has said something. */
export type Verdict = 'success' | 'failure' | 'unknown';

/** A run of equal results, and the verdict that runs of enough length change. */
export interface ProbeState { verdict: Verdict; last: 'success' | 'failure' | undefined; run: number }

const INITIAL: Readonly<Record<ProbeKind, Verdict>> = { startup: 'unknown', liveness: 'success', readiness: 'failure' };

export function initialProbeState(kind: ProbeKind): ProbeState { return { verdict: INITIAL[kind], last: undefined, run: 0 }; }

/** The state after one more result: the verdict turns once the threshold of equal results is reached. */
export function nextProbeState(state: ProbeState, result: 'success' | 'failure', probe: coreV1.Probe): ProbeState {
  const run = state.last === result ? state.run + 1 : 1;
  const threshold = result === 'success' ? probe.successThreshold ?? 1 : probe.failureThreshold ?? 3;
  return { last: result, run, verdict: run >= threshold ? result : state.verdict };
}

/** When a probe may first be made. */
export function firstProbeAtMs(probe: coreV1.Probe, startedAtMs: number): number {
  return startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
}

import type { coreV1 } from '@kubernode/api';
import { type Clock, type Rng, TaskGroup, whenAborted } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { PodEvents } from '../events/pod-events.ts';
import type { NodeMetrics } from '../metrics.ts';
import { type Container, initContainers, isSidecar, mainContainers, type Pod, podUid } from '../pod/pod-facts.ts';
import { latestContainer, podIps, type PodState } from '../runtime/pod-state.ts';
import { firstProbeAtMs, initialProbeState, nextProbeState, type ProbeKind, type ProbeState } from './probe-state.ts';
import type { RunProbe } from './run-probe.ts';

export interface ProbeManagerDeps { run: RunProbe; events: PodEvents; metrics: NodeMetrics; clock: Clock; rng: Rng; logger: Logger; onChange: (uid: string) => void }

interface Target { pod: Pod; container: Container; containerId: string; podIp: string; startedAtMs: number }
interface Probing { kind: ProbeKind; probe: coreV1.Probe; target: Target; state: ProbeState; stop: AbortController }

const KINDS: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];
const TITLES: Readonly<Record<ProbeKind, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

export interface ProbeView { started: boolean; ready: boolean; live: boolean; startupFailed: boolean }

/**
 * One loop for each probe of each running container. The pod's worker says what runs (`update`), reads verdicts (`view`), and is
 * told when one turns.
 */
export class ProbeManager {
  readonly #deps: ProbeManagerDeps;
  readonly #group = new TaskGroup();
  /** By container id and kind. */
  readonly #probings = new Map<string, Probing>();

  constructor(deps: ProbeManagerDeps) { this.#deps = deps; }

  /** Ends all loops once aborted; settles when they have ended. */
  async run(signal: AbortSignal): Promise<void> {
    await whenAborted(signal);
    this.#group.stop();
    await this.#group.done();
  }

  /** Starts loops for what runs now, ends those of what does not. */
  update(pod: Pod, state: PodState): void {
    const uid = podUid(pod);
    const wanted = new Set<string>();
    for (const container of [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)]) {
      const running = latestContainer(state, container.name);
      if (running?.phase !== 'running') continue;
      const target = { pod, container, containerId: running.id, podIp: podIps(state)[0] ?? pod.status?.hostIP ?? '127.0.0.1', startedAtMs: running.startedAtMs };
      for (const kind of KINDS) if (this.#ensure(kind, target)) wanted.add(`${running.id}/${kind}`);
    }
    for (const [key, probing] of this.#probings) if (podUid(probing.target.pod) === uid && !wanted.has(key)) this.#end(key);
  }

  forgetPod(uid: string): void {
    for (const [key, { target }] of this.#probings) if (podUid(target.pod) === uid) this.#end(key);
  }

  view(containerId: string): ProbeView {
    const verdict = (kind: ProbeKind): string => this.#probings.get(`${containerId}/${kind}`)?.state.verdict ?? 'success';
    return { started: verdict('startup') === 'success', ready: verdict('readiness') === 'success', live: verdict('liveness') === 'success', startupFailed: verdict('startup') === 'failure' };
  }

  #ensure(kind: ProbeKind, target: Target): boolean {
    const { container, containerId } = target;
    const probe = kind === 'startup' ? container.startupProbe : kind === 'liveness' ? container.livenessProbe : container.readinessProbe;
    if (probe === undefined || probe === null) return false;
    const key = `${containerId}/${kind}`;
    const known = this.#probings.get(key);
    if (known !== undefined) { known.target = target; return true; }
    const probing: Probing = { kind, probe, target, state: adoptedState(kind, target), stop: new AbortController() };
    this.#probings.set(key, probing);
    this.#group.spawn((signal) => this.#loop(probing, AbortSignal.any([signal, probing.stop.signal])));
    return true;
  }

  #end(key: string): void {
    this.#probings.get(key)?.stop.abort();
    this.#probings.delete(key);
  }

  async #loop(probing: Probing, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const { probe, kind, target } = probing;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    try {
      await clock.sleep(Math.max(0, firstProbeAtMs(probe, target.startedAtMs) - clock.now()), { signal });
      while (!signal.aborted) {
        const held = kind !== 'startup' && !this.view(target.containerId).started;
        if (!held) await this.#probeOnce(probing, signal);
        if (kind === 'startup' && probing.state.verdict !== 'unknown') return; // a startup probe speaks once
        await clock.sleep(held ? Math.min(periodMs, HELD_POLL_MS) : periodMs, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #probeOnce(probing: Probing, signal: AbortSignal): Promise<void> {
    const { run, events, metrics, onChange } = this.#deps;
    const { kind, probe, target: { pod, container } } = probing;
    const { result, message } = await run(probe, probing.target);
    if (signal.aborted) return; // the container ended meanwhile: what was measured is of no interest
    metrics.proberResults.inc({ probe_type: TITLES[kind], result: result === 'success' ? 'successful' : 'failed', container: container.name, pod: pod.metadata.name, namespace: pod.metadata.namespace ?? '' });
    if (result === 'failure') events.warning(pod, 'Unhealthy', `${TITLES[kind]} probe failed: ${message}`, container.name);
    if (result === 'error') events.warning(pod, 'Unhealthy', `${TITLES[kind]} probe errored and resulted in failure state: ${message}`, container.name);
    const before = probing.state.verdict;
    probing.state = nextProbeState(probing.state, result === 'success' ? 'success' : 'failure', probe);
    if (probing.state.verdict !== before) onChange(podUid(pod));
  }
}

/** A container from before this process keeps what its pod's status last said of it, so that a restart of the agent unreadies nothing. */
function adoptedState(kind: ProbeKind, { pod, containerId }: Target): ProbeState {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find((one) => one.containerID === `containerd://${containerId}`);
  const held = kind === 'readiness' ? status?.ready : kind === 'startup' ? status?.started : undefined;
  return held === true ? { ...initialProbeState(kind), verdict: 'success' } : initialProbeState(kind);
}

/** How soon a probe that waits for the startup probe looks again, so that readiness follows startup at once. */
const HELD_POLL_MS = 100;

import type { coreV1 } from '@kubernode/api';
import { linkSignals, onAbort, TaskGroup, WakeUp, whenAborted, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { PodEvents } from '../events/pod-events.ts';
import type { NodeMetrics } from '../metrics.ts';
import { type Container, initContainers, isHostNetwork, isSidecar, mainContainers, type Pod, podUid } from '../pod/pod-facts.ts';
import { latestContainer, podIps, type PodState } from '../runtime/pod-state.ts';
import { adoptedProbeState, firstProbeAtMs, initialProbeState, nextProbeState, type ProbeKind, type ProbeState } from './probe-state.ts';
import type { ProbeOutcome, RunProbe } from './run-probe.ts';

export interface ProbeManagerDeps {
  run: RunProbe;
  events: PodEvents;
  metrics: NodeMetrics;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  hostIp: string;
  onChange: (uid: string) => void;
}

interface Target { pod: Pod; container: Container; containerId: string; podIp: string; startedAtMs: number }
interface Probing { kind: ProbeKind; probe: coreV1.Probe; target: Target; state: ProbeState; stop: AbortController; wakeUp: WakeUp }

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
  readonly #bornAtMonotonicMs: number;
  /** By container id and kind. */
  readonly #probings = new Map<string, Probing>();

  constructor(deps: ProbeManagerDeps) {
    this.#deps = deps;
    this.#bornAtMonotonicMs = deps.clock.monotonicNow();
  }

  /** Ends all loops once aborted; settles when they have ended. */
  async run(signal: AbortSignal): Promise<void> {
    await whenAborted(signal);
    this.#group.stop();
    await this.#group.done();
  }

  /** Starts loops for what runs now, ends those of what does not. A pod that ends is asked for its readiness alone. */
  update(pod: Pod, state: PodState, { ending = false }: { ending?: boolean } = {}): void {
    const uid = podUid(pod);
    const wanted = new Set<string>();
    const podIp = isHostNetwork(pod) ? this.#deps.hostIp : podIps(state)[0] ?? '';
    for (const container of [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)]) {
      const running = latestContainer(state, container.name);
      if (running?.phase !== 'running') continue;
      const target = { pod, container, containerId: running.id, podIp, startedAtMs: running.startedAtMs };
      for (const kind of KINDS) if ((!ending || kind === 'readiness') && this.#ensure(kind, target)) wanted.add(`${running.id}/${kind}`);
    }
    for (const [key, probing] of this.#probings) {
      if (podUid(probing.target.pod) !== uid || wanted.has(key)) continue;
      if (ending && latestContainer(state, probing.target.container.name)?.id === probing.target.containerId) this.#quiet(probing);
      else this.#end(key);
    }
  }

  forgetPod(uid: string): void {
    for (const [key, { target }] of this.#probings) if (podUid(target.pod) === uid) this.#end(key);
  }

  view(containerId: string): ProbeView {
    const verdict = (kind: ProbeKind): string => this.#probings.get(`${containerId}/${kind}`)?.state.verdict ?? 'success';
    return { started: verdict('startup') === 'success', ready: verdict('readiness') === 'success', live: verdict('liveness') !== 'failure', startupFailed: verdict('startup') === 'failure' };
  }

  #ensure(kind: ProbeKind, target: Target): boolean {
    const { container, containerId } = target;
    const probe = kind === 'startup' ? container.startupProbe : kind === 'liveness' ? container.livenessProbe : container.readinessProbe;
    if (probe === undefined) return false;
    const key = `${containerId}/${kind}`;
    const known = this.#probings.get(key);
    if (known !== undefined) { known.target = target; return true; }
    const probing: Probing = { kind, probe, target, state: adoptedProbeState(kind, target) ?? initialProbeState(kind), stop: new AbortController(), wakeUp: new WakeUp() };
    this.#probings.set(key, probing);
    this.#group.spawn(async (signal) => {
      using either = linkSignals(signal, probing.stop.signal);
      await this.#loop(probing, either.signal);
    });
    return true;
  }

  /** Keeps what was found, asks no more. */
  #quiet(probing: Probing): void { probing.stop.abort(); }

  #end(key: string): void {
    const probing = this.#probings.get(key);
    if (probing === undefined) return;
    probing.stop.abort();
    this.#probings.delete(key);
    const { clock: _clock, metrics } = this.#deps;
    for (const result of ['successful', 'failed', 'unknown']) metrics.proberResults.remove({ ...labelsOf(probing), result });
  }

  async #loop(probing: Probing, signal: AbortSignal): Promise<void> {
    const { clock, rng } = this.#deps;
    const { probe, kind, target } = probing;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const wait = (ms: number): Promise<boolean> => probing.wakeUp.heardWithin({ clock, ms }, signal);
    // From here on the wall clock may be set, and changes nothing.
    const startedAtMs = clock.monotonicNow() - Math.max(0, clock.now() - target.startedAtMs);
    // What ran before this agent is not asked all at once.
    const isAdopted = startedAtMs < this.#bornAtMonotonicMs;
    if (isAdopted) await clock.sleep(rng.next() * periodMs, { signal }).catch(() => undefined); // aborted: the loop ends
    const firstAtMs = firstProbeAtMs(kind, probe, startedAtMs);
    if (kind === 'startup' && !isAdopted) await this.#lookEarly(probing, { startedAtMs, beforeMs: firstAtMs, signal });
    while (!signal.aborted && !isDecided(probing)) {
      const untilFirstMs = firstAtMs - clock.monotonicNow();
      const isHeld = kind !== 'startup' && !this.view(target.containerId).started; // its own startup probe wakes it
      if (untilFirstMs > 0) { await wait(untilFirstMs); continue; }
      if (!isHeld) await this.#probeOnce(probing, signal);
      if (!signal.aborted && !isDecided(probing)) await wait(periodMs);
    }
  }

  /** A container that has started already need not wait a period for it to be seen; one that has not is not blamed for that. */
  async #lookEarly(probing: Probing, { startedAtMs, beforeMs, signal }: { startedAtMs: number; beforeMs: number; signal: AbortSignal }): Promise<void> {
    const { clock } = this.#deps;
    const { probe } = probing;
    const earlyAtMs = startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
    if (earlyAtMs >= beforeMs || isDecided(probing)) return;
    await clock.sleep(Math.max(0, earlyAtMs - clock.monotonicNow()), { signal }).catch(() => undefined); // aborted: the loop ends
    const outcome = await this.#ask(probing, signal);
    if (outcome?.result === 'success') this.#take(probing, outcome);
  }

  async #probeOnce(probing: Probing, signal: AbortSignal): Promise<void> {
    const { events, metrics, clock } = this.#deps;
    const { kind, target: { pod, container } } = probing;
    const startMs = clock.monotonicNow();
    const outcome = await this.#ask(probing, signal);
    if (outcome === undefined) return;
    const { result, message } = outcome;
    switch (result) {
      case 'success': break;
      case 'warning': events.warning(pod, 'ProbeWarning', `${TITLES[kind]} probe warning: ${message}`, container.name); break;
      case 'failure': events.warning(pod, 'Unhealthy', `${TITLES[kind]} probe failed: ${message}`, container.name); break;
      case 'unknown': // nobody's fault: it changes nothing
        events.warning(pod, 'Unhealthy', `${TITLES[kind]} probe errored and resulted in unknown state: ${message}`, container.name);
        return;
    }
    if (result !== 'failure') metrics.proberDuration.observe(durationLabelsOf(probing), (clock.monotonicNow() - startMs) / 1000);
    this.#take(probing, outcome);
  }

  /** Undefined when the container or the agent ends meanwhile: neither waits for a probe that hangs, which ends by its own time. */
  async #ask({ probe, target }: Probing, signal: AbortSignal): Promise<ProbeOutcome | undefined> {
    if (signal.aborted) return undefined;
    return new Promise((resolve, reject) => {
      const link = onAbort(signal, () => { resolve(undefined); });
      this.#deps.run(probe, target).then(resolve, reject).finally(() => { link[Symbol.dispose](); });
    });
  }

  #take(probing: Probing, { result }: ProbeOutcome): void {
    const { metrics, onChange } = this.#deps;
    metrics.proberResults.inc({ ...labelsOf(probing), result: result === 'failure' ? 'failed' : 'successful' });
    const before = probing.state.verdict;
    probing.state = nextProbeState(probing.state, result === 'failure' ? 'failure' : 'success', probing.probe);
    if (probing.state.verdict === before) return;
    if (probing.kind === 'startup') for (const kind of KINDS) this.#probings.get(`${probing.target.containerId}/${kind}`)?.wakeUp.ring();
    onChange(podUid(probing.target.pod));
  }
}

/** A container that is to be killed, or has started, is not asked again. */
function isDecided({ kind, state }: Probing): boolean {
  return kind === 'startup' ? state.verdict !== 'unknown' : kind === 'liveness' && state.verdict === 'failure';
}

function labelsOf(probing: Probing): { probe_type: string; container: string; pod: string; namespace: string; pod_uid: string } {
  return { ...durationLabelsOf(probing), pod_uid: podUid(probing.target.pod) };
}

function durationLabelsOf({ kind, target: { pod, container } }: Probing): { probe_type: string; container: string; pod: string; namespace: string } {
  return { probe_type: TITLES[kind], container: container.name, pod: pod.metadata.name, namespace: pod.metadata.namespace ?? '' };
}

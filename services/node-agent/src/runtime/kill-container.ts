import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ContainerDetail, CriRuntime } from '../cri/cri-runtime.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { type HookDeps, runHook } from '../lifecycle/run-hook.ts';
import { allContainers, type Container, graceSeconds, isHostNetwork, type Pod } from '../pod/pod-facts.ts';
import type { KillReason } from './compute-pod-actions.ts';
import { restoreSpecs } from './orphan-specs.ts';
import { podIps, type PodState } from './pod-state.ts';
import { TerminationOrder } from './termination-order.ts';

export interface KillDeps { runtime: CriRuntime; events: PodEvents; hooks: HookDeps; clock: Clock; logger: Logger; config: { hostIp: string } }

/** The pod is to end faster than first asked: what is left of its time from then on. */
export interface Hurry { signal: AbortSignal; graceSeconds: () => number }

export interface KillRequest {
  pod: Pod;
  state: PodState;
  container: ContainerDetail;
  /** For the event; that the container is stopped when absent. */
  message?: string | undefined;
  reason?: KillReason | undefined;
  /** Instead of the pod's own. */
  graceSeconds?: number | undefined;
  hurry?: Hurry | undefined;
  order?: TerminationOrder | undefined;
}

/** Whatever its preStop handler or others took of its time, the process gets this long to react. */
const GRACE_AFTER_WAIT_SECONDS = 2;
/** Containers of pods that were deleted by force while nobody looked. */
const ORPHAN_GRACE_SECONDS = 1;

/** Ends one container: its preStop handler, its turn, its stop signal, and SIGKILL when its grace period is over. */
export async function killContainer(deps: KillDeps, request: KillRequest): Promise<void> {
  const { runtime, events, clock } = deps;
  const { container, message, hurry, order } = request;
  const { pod, spec } = specsOf(request);
  events.normal(pod, 'Killing', message ?? `Stopping container ${container.name}`, container.name);
  const graceMs = (request.graceSeconds ?? graceFor(request, spec)) * 1000;
  const startMs = clock.monotonicNow();
  const leftMs = (): number => graceMs - (clock.monotonicNow() - startMs);
  if (graceMs > 0 && hurry?.signal.aborted !== true) {
    await preStop(deps, request, { pod, spec, timeoutMs: graceMs });
    if (leftMs() > 0) await order?.turn(container.name, { clock, limitMs: leftMs(), signal: hurry?.signal });
  }
  const leftSeconds = Math.max(0, Math.ceil(leftMs() / 1000));
  await stopOrHurry({ runtime, id: container.id, seconds: leftSeconds * 1000 < graceMs ? Math.max(GRACE_AFTER_WAIT_SECONDS, leftSeconds) : leftSeconds, hurry });
  order?.ended(container.name);
}

/** Of a pod whose object is gone, what its container tells. */
function specsOf({ pod, container }: KillRequest): { pod: Pod; spec: Container | undefined } {
  return pod.spec === undefined ? restoreSpecs(pod, container) : { pod, spec: allContainers(pod).find(({ name }) => name === container.name) };
}

/** A probe may have its own grace period for the containers it has killed, unless the whole pod ends. */
function graceFor({ pod, reason }: KillRequest, spec: Container | undefined): number {
  if (pod.spec === undefined) return ORPHAN_GRACE_SECONDS;
  const probe = reason === 'liveness' ? spec?.livenessProbe : reason === 'startup' ? spec?.startupProbe : undefined;
  return pod.metadata.deletionGracePeriodSeconds ?? probe?.terminationGracePeriodSeconds ?? graceSeconds(pod);
}

async function stopOrHurry({ runtime, id, seconds, hurry }: { runtime: CriRuntime; id: string; seconds: number; hurry: Hurry | undefined }): Promise<void> {
  if (hurry?.signal.aborted === true) { await runtime.stopContainer(id, Math.min(seconds, hurry.graceSeconds())); return; }
  const stopped = runtime.stopContainer(id, seconds);
  if (hurry === undefined || seconds === 0) { await stopped; return; }
  const onHurry = (): void => { runtime.stopContainer(id, hurry.graceSeconds()).catch(() => undefined); }; // its failure shows in the first stop's
  hurry.signal.addEventListener('abort', onHurry, { once: true });
  try { await stopped; } finally { hurry.signal.removeEventListener('abort', onHurry); }
}

async function preStop({ hooks, events, logger, config }: KillDeps, { state, container, hurry }: KillRequest, { pod, spec, timeoutMs }: { pod: Pod; spec: Container | undefined; timeoutMs: number }): Promise<void> {
  const handler = spec?.lifecycle?.preStop;
  if (spec === undefined || handler === undefined) return;
  try {
    const podIp = isHostNetwork(pod) ? config.hostIp : podIps(state)[0] ?? '';
    await runHook(hooks, handler, { pod, container: spec, containerId: container.id, podIp, timeoutMs, signal: hurry?.signal });
  } catch (error) {
    if (hurry?.signal.aborted === true) return;
    logger.info('preStop hook failed', { container: container.name, error: errorMessage(error) });
    events.warning(pod, 'FailedPreStopHook', 'PreStopHook failed', container.name); // without the reason: it may hold secrets
  }
}

export interface KillPodRequest { pod: Pod; state: PodState; graceSeconds?: number | undefined; hurry?: Hurry | undefined }

/** Ends all containers of a pod within one grace period. All preStop handlers run at once; sidecars wait for their turn after that. */
export async function killPodContainers(deps: KillDeps, { pod, state, graceSeconds: seconds, hurry }: KillPodRequest): Promise<void> {
  const running = state.containers.filter(({ phase }) => phase === 'running' || phase === 'unknown');
  const order = new TerminationOrder(pod, running.map(({ name }) => name));
  const results = await Promise.allSettled(running.map(async (container) => {
    try {
      await killContainer(deps, { pod, state, container, hurry, order, graceSeconds: seconds });
    } finally {
      order.ended(container.name); // whoever waits must not wait for a failure
    }
  }));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

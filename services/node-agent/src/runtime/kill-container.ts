import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ContainerDetail, CriRuntime } from '../cri/cri-runtime.ts';
import { annotationKeys } from '../cri/labels.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { type HookDeps, runHook } from '../lifecycle/run-hook.ts';
import { allContainers, type Container, DEFAULT_GRACE_SECONDS, graceSeconds, initContainers, isSidecar, type Pod } from '../pod/pod-facts.ts';
import { podIps, type PodState } from './pod-state.ts';

export interface KillDeps { runtime: CriRuntime; events: PodEvents; hooks: HookDeps; clock: Clock; logger: Logger }

export interface KillRequest {
  pod: Pod;
  state: PodState;
  container: ContainerDetail;
  message?: string | undefined;
  /** Instead of the pod's own. */
  graceSeconds?: number | undefined;
  /** Aborted when the pod is to end faster than first asked: what is left of the grace period is dropped. */
  hurry?: AbortSignal | undefined;
}

/** However long the preStop handler takes, the process gets this long to react. */
const GRACE_AFTER_HOOK_SECONDS = 2;

/** Ends one container: its preStop handler, SIGTERM, and SIGKILL when its grace period is over. */
export async function killContainer(deps: KillDeps, request: KillRequest): Promise<void> {
  const { runtime, events, clock } = deps;
  const { pod, container, message, hurry } = request;
  const grace = request.graceSeconds ?? graceOf(pod, container);
  events.normal(pod, 'Killing', message ?? `Stopping container ${container.name}`, container.name);
  const startMs = clock.monotonicNow();
  const spec = allContainers(pod).find((one) => one.name === container.name);
  if (grace > 0 && hurry?.aborted !== true) await preStop(deps, request, { spec, timeoutMs: grace * 1000 });
  const spentSeconds = Math.floor((clock.monotonicNow() - startMs) / 1000);
  const remaining = hurry?.aborted === true ? 0 : Math.max(spentSeconds > 0 ? GRACE_AFTER_HOOK_SECONDS : 0, grace - spentSeconds);
  await stopOrHurry({ runtime, id: container.id, remaining, hurry });
}

/** The pod's grace period; for an orphan, as its container's annotations tell it. */
function graceOf(pod: Pod, container: ContainerDetail): number {
  if (pod.spec !== undefined) return graceSeconds(pod);
  const { [annotationKeys.podDeletionGracePeriod]: deletion, [annotationKeys.podTerminationGracePeriod]: termination } = container.annotations;
  return Number(deletion ?? termination ?? DEFAULT_GRACE_SECONDS);
}

async function stopOrHurry({ runtime, id, remaining, hurry }: { runtime: CriRuntime; id: string; remaining: number; hurry: AbortSignal | undefined }): Promise<void> {
  const stopped = runtime.stopContainer(id, remaining);
  if (hurry === undefined || remaining === 0) { await stopped; return; }
  const onHurry = (): void => { runtime.stopContainer(id, 0).catch(() => undefined); }; // its failure shows in the first stop's
  hurry.addEventListener('abort', onHurry, { once: true });
  try { await stopped; } finally { hurry.removeEventListener('abort', onHurry); }
}

async function preStop({ hooks, events, logger }: KillDeps, { pod, state, container, hurry }: KillRequest, { spec, timeoutMs }: { spec: Container | undefined; timeoutMs: number }): Promise<void> {
  const handler = spec?.lifecycle?.preStop;
  if (spec === undefined || handler === undefined) return;
  try {
    await runHook(hooks, handler, { pod, container: spec, containerId: container.id, podIp: podIps(state)[0] ?? '', timeoutMs, signal: hurry });
  } catch (error) {
    if (hurry?.aborted === true) return;
    logger.info('preStop hook failed', { container: container.name, error: errorMessage(error) });
    events.warning(pod, 'FailedPreStopHook', 'PreStopHook failed', container.name);
  }
}

export interface KillPodRequest { pod: Pod; state: PodState; graceSeconds?: number | undefined; hurry?: AbortSignal | undefined }

/** Ends all containers of a pod: the main ones together, then sidecars, last first, within the same grace period. */
export async function killPodContainers(deps: KillDeps, { pod, state, graceSeconds: override, hurry }: KillPodRequest): Promise<void> {
  const running = state.containers.filter(({ phase }) => phase === 'running' || phase === 'unknown');
  const sidecarOrder = initContainers(pod).filter(isSidecar).map(({ name }) => name).reverse();
  const startMs = deps.clock.monotonicNow();
  const total = override ?? (pod.spec === undefined ? undefined : graceSeconds(pod));
  const kill = (container: ContainerDetail): Promise<void> => {
    const spentSeconds = Math.floor((deps.clock.monotonicNow() - startMs) / 1000);
    return killContainer(deps, { pod, state, container, hurry, graceSeconds: total === undefined ? undefined : Math.max(total === 0 ? 0 : 1, total - spentSeconds) });
  };
  await Promise.all(running.filter(({ name }) => !sidecarOrder.includes(name)).map(kill));
  for (const name of sidecarOrder) {
    const sidecar = running.find((one) => one.name === name);
    if (sidecar !== undefined) await kill(sidecar);
  }
}

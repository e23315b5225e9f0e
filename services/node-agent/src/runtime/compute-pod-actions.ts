import type { ContainerDetail } from '../cri/cri-runtime.ts';
import {
  type Container, containerHash, ephemeralContainers, initContainers, isHostNetwork, isSidecar, mainContainers, type Pod, restartPolicy, restartsAll, restartsWhenKilled, shouldRestart,
} from '../pod/pod-facts.ts';
import { containerIn, latestContainer, type PodState } from './pod-state.ts';

/** What the probes say of a running container. A probe that does not exist has nothing against it. */
export interface ProbeVerdict { started: boolean; live: boolean; startupFailed: boolean }
export type ProbeVerdicts = (containerId: string) => ProbeVerdict;

export type KillReason = 'definition-changed' | 'liveness' | 'startup' | 'resize' | 'unknown-state';
export interface ContainerKill { container: ContainerDetail; message: string; reason: KillReason }

/**
 * The next step of a pod, from its spec and from what runs. `finished` means that nothing is to be started any more and nothing of the
 * main containers runs: the pod's work is over. Kills come before removals, removals before starts, and starts go in their order.
 */
export interface PodActions {
  sandbox: { kind: 'keep'; id: string } | { kind: 'create'; attempt: number; stopFirst: readonly string[] } | { kind: 'none' };
  kill: readonly ContainerKill[];
  /** Ended without grace where they run and removed, so that the pod begins anew in its sandbox; what caused it goes last. */
  reset: readonly ContainerDetail[];
  start: readonly Container[];
  finished: boolean;
}

export interface ActionInput {
  pod: Pod;
  state: PodState;
  probes: ProbeVerdicts;
  /** A container's end has asked for the whole pod to begin anew. */
  restartAll?: boolean;
  /** Whether the resources it is to have now can be had by a new process only. */
  needsRestartToResize?: (container: Container, current: ContainerDetail) => boolean;
}

const NOTHING: Omit<PodActions, 'sandbox'> = { kill: [], reset: [], start: [], finished: false };

export function computePodActions(input: ActionInput): PodActions {
  const { pod, state, restartAll = false } = input;
  const sandboxId = usableSandbox(pod, state);
  if (sandboxId === undefined) return withoutSandbox(input);
  if (restartAll) return { ...NOTHING, sandbox: { kind: 'keep', id: sandboxId }, reset: containersToReset(pod, state) };
  return inSandbox(input, sandboxId);
}

/** The sandbox that containers can be started in, if there is exactly one and it is as the pod wants it. */
export function usableSandbox(pod: Pod, { sandboxes }: PodState): string | undefined {
  const [newest] = sandboxes;
  const usable = newest?.ready === true && sandboxes.filter(({ ready }) => ready).length === 1
    && newest.hostNetwork === isHostNetwork(pod) && (isHostNetwork(pod) || newest.ips.length > 0);
  return usable ? newest.id : undefined;
}

/** No sandbox yet, or one that is lost: everything begins again in a new one, except for what has ended for good. */
function withoutSandbox({ pod, state }: ActionInput): PodActions {
  const [newest] = state.sandboxes;
  const pending = mainContainers(pod).filter((container) => {
    const last = latestContainer(state, container.name);
    return (container.restartPolicy ?? restartPolicy(pod)) !== 'OnFailure' || last?.phase !== 'exited' || last.exitCode !== 0;
  });
  const wasInitialized = mainContainers(pod).some(({ name }) => (latestContainer(state, name)?.phase ?? 'unknown') !== 'unknown');
  const isOver = (newest !== undefined && state.containers.length > 0 && restartPolicy(pod) === 'Never') || (pending.length === 0 && wasInitialized);
  if (isOver) return { ...NOTHING, sandbox: { kind: 'none' }, finished: true };
  const attempt = newest === undefined ? 0 : newest.attempt + 1;
  const stopFirst = state.sandboxes.filter((one) => one.ready || one.attempt === newest?.attempt).map((one) => one.id);
  const [firstInit] = initContainers(pod);
  return { ...NOTHING, start: firstInit === undefined ? pending : [firstInit], sandbox: { kind: 'create', attempt, stopFirst } };
}

function containersToReset(pod: Pod, state: PodState): ContainerDetail[] {
  const causes: ContainerDetail[] = [];
  const others: ContainerDetail[] = [];
  for (const container of [...mainContainers(pod), ...initContainers(pod)]) {
    for (const one of state.containers.filter(({ name }) => name === container.name)) {
      (one.phase === 'exited' && restartsAll(container, one.exitCode) ? causes : others).push(one);
    }
  }
  return [...others, ...causes];
}

function inSandbox(input: ActionInput, sandboxId: string): PodActions {
  const { pod, state } = input;
  const sandbox = { kind: 'keep', id: sandboxId } as const;
  const init = initStep(input, sandboxId);
  if (init.failed) return { ...NOTHING, sandbox, finished: true };
  const ephemeral = ephemeralContainers(pod).filter(({ name }) => latestContainer(state, name) === undefined); // never a second time
  if (!init.done) return { ...NOTHING, sandbox, kill: init.kill, start: [...ephemeral, ...init.start] };
  const main = mainStep(input);
  if (main.keep === 0 && main.start.length === 0) return { ...NOTHING, sandbox, finished: true };
  return { ...NOTHING, sandbox, kill: [...init.kill, ...main.kill], start: [...ephemeral, ...init.start, ...main.start] };
}

interface InitStep { done: boolean; failed: boolean; kill: ContainerKill[]; start: Container[] }

/**
 * Looks at init containers from the last to the first: the last one that was ever started tells how far the pod is, so what ran before
 * it may be gone from the runtime. Before that one only sidecars matter: they are kept running.
 */
function initStep(input: ActionInput, sandboxId: string): InitStep {
  const { pod, state } = input;
  const all = initContainers(pod);
  const step: InitStep = { done: all.length === 0 || isInitialized(pod, state, sandboxId), failed: false, kill: [], start: [] };
  let wasReached = step.done; // something after the one at hand has been started
  for (const [i, container] of [...all.entries()].reverse()) {
    const current = containerIn(state, sandboxId, container.name);
    if (current === undefined) {
      if (wasReached && isSidecar(container)) step.start.unshift(container);
      continue;
    }
    if (wasReached && !isSidecar(container)) continue;
    const verdict = isSidecar(container) ? judgeSidecar(input, container, current) : judgeInit(pod, container, current);
    if (verdict.failed === true) return { ...step, failed: true };
    if (verdict.kill !== undefined) step.kill.push(verdict.kill);
    const next = all[i + 1];
    if (verdict.through === true && !wasReached) {
      if (next === undefined) step.done = true; else step.start.unshift(next);
    }
    if (verdict.start === true) step.start.unshift(container);
    wasReached = true;
  }
  const [first] = all;
  if (!wasReached && first !== undefined) step.start.unshift(first);
  return step;
}

/** Main containers have been made in this sandbox, and not all of them are over. */
function isInitialized(pod: Pod, state: PodState, sandboxId: string): boolean {
  return mainContainers(pod).some(({ name }) => {
    const phase = containerIn(state, sandboxId, name)?.phase;
    return phase === 'created' || phase === 'running' || phase === 'exited';
  });
}

interface InitVerdict { through?: boolean; start?: boolean; failed?: boolean; kill?: ContainerKill }

function judgeInit(pod: Pod, container: Container, current: ContainerDetail): InitVerdict {
  switch (current.phase) {
    case 'created': return { start: true };
    case 'running': return {};
    case 'exited':
      if (current.exitCode === 0) return { through: true };
      return shouldRestart(pod, container, current.exitCode) ? { start: true } : { failed: true };
    case 'unknown': return restartsWhenKilled(pod, container) ? { start: true, kill: unknownState('Init container', current) } : { failed: true };
  }
}

function judgeSidecar({ probes, needsRestartToResize }: ActionInput, container: Container, current: ContainerDetail): InitVerdict {
  if (current.phase === 'unknown') return { start: true, kill: unknownState('Init container', current) };
  if (current.phase !== 'running') return { start: true };
  const { started, live, startupFailed } = probes(current.id);
  const kill = (reason: KillReason, message: string): InitVerdict => ({ through: started, start: true, kill: { container: current, reason, message } });
  if (startupFailed) return kill('startup', `Init container ${container.name} failed startup probe`);
  if (!started) return {};
  if (current.hash !== containerHash(container)) return kill('definition-changed', `Init container ${container.name} definition changed`);
  if (!live) return kill('liveness', `Init container ${container.name} failed liveness probe`);
  if (needsRestartToResize?.(container, current) === true) return kill('resize', `Container ${container.name} resize requires restart`);
  return { through: true };
}

function mainStep(input: ActionInput): { kill: ContainerKill[]; start: Container[]; keep: number } {
  const { pod, state } = input;
  const kill: ContainerKill[] = [];
  const start: Container[] = [];
  let keep = 0;
  for (const container of mainContainers(pod)) {
    const current = latestContainer(state, container.name);
    if (current?.phase !== 'running') {
      if (current?.phase === 'unknown') kill.push(unknownState('Container', current));
      if (current?.phase !== 'exited' || shouldRestart(pod, container, current.exitCode)) start.push(container);
      continue;
    }
    const reason = killOfMain(input, container, current);
    if (reason === undefined) { keep++; continue; }
    const { restart, ...killed } = reason;
    kill.push(killed);
    if (restart) start.push(container);
  }
  return { kill, start, keep };
}

function killOfMain({ pod, probes, needsRestartToResize }: ActionInput, container: Container, current: ContainerDetail): (ContainerKill & { restart: boolean }) | undefined {
  const { live, startupFailed } = probes(current.id);
  const because = (reason: KillReason, what: string, restart: boolean): ContainerKill & { restart: boolean } => (
    { container: current, reason, restart, message: `Container ${container.name} ${what}${restart ? ', will be restarted' : ''}` });
  if (current.hash !== containerHash(container)) return because('definition-changed', 'definition changed', true); // whatever the policy says
  if (!live) return because('liveness', 'failed liveness probe', restartsWhenKilled(pod, container));
  if (startupFailed) return because('startup', 'failed startup probe', restartsWhenKilled(pod, container));
  if (needsRestartToResize?.(container, current) === true) return { container: current, reason: 'resize', restart: true, message: `Container ${container.name} resize requires restart` };
  return undefined;
}

function unknownState(what: string, container: ContainerDetail): ContainerKill {
  return { container, reason: 'unknown-state', message: `${what} is in "unknown" state, try killing it before restart` };
}

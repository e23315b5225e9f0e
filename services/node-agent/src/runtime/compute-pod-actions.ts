import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { type Container, containerHash, ephemeralContainers, initContainers, isHostNetwork, isSidecar, mainContainers, type Pod, restartPolicy, shouldRestart } from '../pod/pod-facts.ts';
import { containerIn, type PodState } from './pod-state.ts';

/** What the probes say of a running container. A probe that does not exist has nothing against it. */
export interface ProbeVerdict { started: boolean; live: boolean; startupFailed: boolean }
export type ProbeVerdicts = (containerId: string) => ProbeVerdict;

export interface ContainerKill { container: ContainerDetail; message: string; reason: 'definition-changed' | 'liveness' | 'startup' | 'unknown-state' }

/**
 * The next step of a pod, from its spec and from what runs. `finished` means that nothing is to be started any more and nothing of the
 * main containers runs: the pod's work is over. At most one init container is started at a time; kills come before starts.
 */
export interface PodActions {
  sandbox: { kind: 'keep'; id: string } | { kind: 'create'; attempt: number; stopFirst: readonly string[] } | { kind: 'none' };
  kill: readonly ContainerKill[];
  start: readonly Container[];
  finished: boolean;
}

export interface ActionInput { pod: Pod; state: PodState; probes: ProbeVerdicts }

const NOTHING: Omit<PodActions, 'sandbox'> = { kill: [], start: [], finished: false };

export function computePodActions(input: ActionInput): PodActions {
  const { pod, state } = input;
  const [newest] = state.sandboxes;
  const usable = newest !== undefined && newest.ready && state.sandboxes.filter((one) => one.ready).length === 1 && newest.hostNetwork === isHostNetwork(pod) && (isHostNetwork(pod) || newest.ips.length > 0);
  return usable ? inSandbox(input, newest.id) : withoutSandbox(input);
}

/** No sandbox yet, or one that is lost: everything begins again in a new one, except for what has ended for good. */
function withoutSandbox({ pod, state }: ActionInput): PodActions {
  const [newest] = state.sandboxes;
  const pending = mainContainers(pod).filter((container) => {
    const last = state.containers.find((one) => one.name === container.name);
    return last === undefined || last.phase !== 'exited' || shouldRestart(pod, container, last.exitCode);
  });
  const started = state.containers.length > 0;
  if (started && (pending.length === 0 || restartPolicy(pod) === 'Never')) return { ...NOTHING, sandbox: { kind: 'none' }, finished: true };
  const attempt = newest === undefined ? 0 : newest.attempt + 1;
  const stopFirst = state.sandboxes.filter((one) => one.ready || one.attempt === newest?.attempt).map((one) => one.id);
  const [firstInit] = initContainers(pod);
  return { kill: [], start: firstInit === undefined ? pending : [firstInit], sandbox: { kind: 'create', attempt, stopFirst }, finished: false };
}

function inSandbox(input: ActionInput, sandboxId: string): PodActions {
  const { pod, state } = input;
  const find = (container: Container): ContainerDetail | undefined => containerIn(state, sandboxId, container.name);
  const sandbox = { kind: 'keep', id: sandboxId } as const;
  const init = initStep(input, find);
  const ephemeral = ephemeralContainers(pod).filter((container) => find(container) === undefined);
  if (init.state === 'failed') return { sandbox, kill: [], start: [], finished: true };
  if (init.state === 'pending') return { sandbox, kill: init.kill, start: [...init.start, ...ephemeral], finished: false };
  const main = mainStep(input, find);
  const finished = main.keep === 0 && main.start.length === 0 && main.kill.length === 0;
  if (finished) return { sandbox, kill: [], start: [], finished: true };
  return { sandbox, kill: [...init.kill, ...main.kill], start: [...init.start, ...main.start, ...ephemeral], finished: false };
}

type Find = (container: Container) => ContainerDetail | undefined;
interface InitStep { state: 'done' | 'pending' | 'failed'; kill: ContainerKill[]; start: Container[] }

/** Goes through the init containers in order up to the first that is not through yet; sidecars that ended are started again on the way. */
function initStep({ pod, probes }: ActionInput, find: Find): InitStep {
  const kill: ContainerKill[] = [];
  const start: Container[] = [];
  const wasInitialized = mainContainers(pod).some((container) => find(container) !== undefined);
  for (const container of initContainers(pod)) {
    if (!isSidecar(container) && wasInitialized) continue; // once main containers were made, what initialized them does not run again
    const current = find(container);
    const verdict = judgeInit({ pod, container, current, probes });
    if (verdict.kill !== undefined) kill.push(verdict.kill);
    if (verdict.start) start.push(container);
    if (verdict.state === 'failed') return { state: 'failed', kill, start: [] };
    if (verdict.state === 'wait' && !wasInitialized) return { state: 'pending', kill, start };
  }
  return { state: 'done', kill, start };
}

interface InitVerdict { state: 'through' | 'wait' | 'failed'; start: boolean; kill?: ContainerKill | undefined }

function judgeInit({ pod, container, current, probes }: { pod: Pod; container: Container; current: ContainerDetail | undefined; probes: ProbeVerdicts }): InitVerdict {
  if (current === undefined) return { state: 'wait', start: true };
  if (current.phase === 'running') {
    if (!isSidecar(container)) return { state: 'wait', start: false };
    const kill = killReason(container, current, { probes, init: true });
    return { state: probes(current.id).started ? 'through' : 'wait', start: kill !== undefined, kill };
  }
  if (current.phase === 'exited' && !isSidecar(container)) {
    if (current.exitCode === 0) return { state: 'through', start: false };
    return shouldRestart(pod, container, current.exitCode) ? { state: 'wait', start: true } : { state: 'failed', start: false };
  }
  if (current.phase === 'unknown') return { state: 'wait', start: true, kill: { container: current, reason: 'unknown-state', message: `Init container is in "unknown" state, try killing it before restart` } };
  return { state: 'wait', start: true };
}

function mainStep({ pod, probes }: ActionInput, find: Find): { kill: ContainerKill[]; start: Container[]; keep: number } {
  const kill: ContainerKill[] = [];
  const start: Container[] = [];
  let keep = 0;
  for (const container of mainContainers(pod)) {
    const current = find(container);
    if (current?.phase === 'running') {
      const reason = killReason(container, current, { probes, init: false });
      if (reason === undefined) { keep++; continue; }
      kill.push(reason);
      // A changed definition is started again under any policy; a failed probe counts as an exit with an error.
      if (reason.reason === 'definition-changed' || shouldRestart(pod, container, 137)) start.push(container);
      continue;
    }
    if (current?.phase === 'unknown') kill.push({ container: current, reason: 'unknown-state', message: `Container is in "unknown" state, try killing it before restart` });
    if (current?.phase !== 'exited' || shouldRestart(pod, container, current.exitCode)) start.push(container);
  }
  return { kill, start, keep };
}

function killReason(container: Container, current: ContainerDetail, { probes, init }: { probes: ProbeVerdicts; init: boolean }): ContainerKill | undefined {
  const name = `${init ? 'Init container' : 'Container'} ${container.name}`;
  if (current.hash !== containerHash(container)) return { container: current, reason: 'definition-changed', message: `${name} definition changed, will be restarted` };
  const { live, startupFailed } = probes(current.id);
  if (!live) return { container: current, reason: 'liveness', message: `${name} failed liveness probe, will be restarted` };
  if (startupFailed) return { container: current, reason: 'startup', message: `${name} failed startup probe, will be restarted` };
  return undefined;
}


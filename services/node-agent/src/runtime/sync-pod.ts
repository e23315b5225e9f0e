import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { errorMessage, type Semaphore } from '@kubernode/base';
import { type cri, CriError } from '@kubernode/rpc';
import { rpcErrorText } from '../cri/rpc-error-text.ts';
import type { ReferencedData } from '../pod/compute-environment.ts';
import { type ClusterDns, type DnsConfig, podDnsConfig } from '../pod/dns-config.ts';
import type { DownwardFacts } from '../pod/downward-values.ts';
import { hostNetworkHostsFile, podHostsFile } from '../pod/hosts-file.ts';
import { initContainers, isHostNetwork, isSidecar, type Pod, podUid } from '../pod/pod-facts.ts';
import { kernelHostname, podHostname } from '../pod/pod-hostname.ts';
import type { PodPaths } from '../pod/pod-paths.ts';
import { cgroupParent } from '../pod/pod-cgroup-names.ts';
import { sandboxConfig } from '../pod/sandbox-config.ts';
import { toRfc3339, type WaitingReason } from '../status/compute-container-statuses.ts';
import type { MountedVolumes, VolumeManager } from '../volumes/volume-manager.ts';
import type { PodActions } from './compute-pod-actions.ts';
import { killContainer, killPodContainers } from './kill-container.ts';
import { podIps, type PodState } from './pod-state.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { RuntimeClasses } from '../pod-workers/runtime-classes.ts';
import type { UserNamespaces } from '../pod-workers/user-namespaces.ts';
import { startContainer, type StartDeps } from './start-container.ts';
import { StartError } from './start-error.ts';

export interface SyncConfig {
  nodeName: string;
  hostIp: string;
  /** All addresses of the node, that one first. */
  hostIps: readonly string[];
  cgroupRoot: string;
  clusterDns: ClusterDns;
  hostDns: DnsConfig;
  nodeAllocatable: Readonly<Record<string, string>>;
}

export interface SyncDeps extends StartDeps {
  config: SyncConfig;
  volumes: Pick<VolumeManager, 'mount'>;
  /** Making a sandbox is mostly the kernel's work; more at once are slower for all. */
  sandboxPermits: Semaphore;
  runtimeClasses: Pick<RuntimeClasses, 'handlerOf'>;
  userNamespaces: Pick<UserNamespaces, 'of' | 'release'>;
  cgroups: Pick<PodCgroups, 'ensure'>;
}

export interface SyncRequest {
  pod: Pod;
  state: PodState;
  actions: PodActions;
  data: ReferencedData;
  pullSecrets: readonly Readonly<coreV1.Secret>[];
  serviceVariables: ReadonlyMap<string, string>;
  paths: PodPaths;
  seenAtMs: number;
  signal: AbortSignal;
}

/** `failure` is of the pod as a whole: no sandbox, no volumes. `waiting` is by container. */
export interface SyncResult { acted: boolean; waiting: ReadonlyMap<string, WaitingReason>; retryAtMs: number | undefined; failure: Error | undefined; started: readonly string[] }

/**
 * Does what was decided: volumes and sandbox side by side, then kills and removals, then starts in order. A failed start does not keep
 * others from starting, except for those that an init container comes before.
 */
export async function syncPod(deps: SyncDeps, request: SyncRequest): Promise<SyncResult> {
  const { pod, actions, state } = request;
  const nothing = { acted: false, waiting: new Map<string, WaitingReason>(), retryAtMs: undefined, started: [] };
  try {
    const facts: DownwardFacts = { pod, hostIp: deps.config.hostIp, hostIps: deps.config.hostIps, podIps: podIps(state), nodeAllocatable: deps.config.nodeAllocatable };
    // Volumes are brought up to date even when there is nothing to start.
    const mounting = deps.volumes.mount({ pod, data: request.data, facts, signal: request.signal });
    const [volumes, created] = await bothOrFail(mounting, actions.sandbox.kind === 'create' ? createSandbox(deps, request, actions.sandbox) : Promise.resolve(undefined));
    const hasEnded = await killAndRemove(deps, request);
    const sandboxId = created?.id ?? (actions.sandbox.kind === 'keep' ? actions.sandbox.id : undefined);
    if (sandboxId === undefined || actions.start.length === 0) return { ...nothing, acted: hasEnded || created !== undefined, failure: undefined };
    const ips = isHostNetwork(pod) ? deps.config.hostIps : created === undefined ? facts.podIps : await sandboxIps(deps, pod, sandboxId);
    await writeHostsFile(deps, request, ips);
    const making = created ?? await sandboxFor(deps, request, state.sandboxes[0]?.attempt ?? 0);
    return { acted: true, failure: undefined, ...await startAll(deps, request, { ...making, sandboxId, volumes, facts: { ...facts, podIps: ips } }) };
  } catch (error) {
    if (request.signal.aborted) return { ...nothing, failure: undefined };
    return { ...nothing, acted: true, failure: error instanceof Error ? error : new Error(errorMessage(error)) };
  }
}

/** Whether there was anything to end. */
async function killAndRemove(deps: SyncDeps, { pod, state, actions }: SyncRequest): Promise<boolean> {
  await Promise.all(actions.kill.map(({ container, message, reason }) => killContainer(deps, { pod, state, container, message, reason })));
  for (const container of actions.reset) {
    if (container.phase !== 'exited') await killContainer(deps, { pod, state, container, message: 'killing', graceSeconds: 0 });
    await deps.runtime.removeContainer(container.id);
  }
  return actions.kill.length + actions.reset.length > 0;
}

async function sandboxIps({ runtime, events }: SyncDeps, pod: Pod, id: string): Promise<readonly string[]> {
  try {
    return (await runtime.sandboxStatus(id)).ips;
  } catch (error) {
    events.warning(pod, 'FailedPodSandBoxStatus', `Unable to get pod sandbox status: ${textOf(error)}`);
    throw error;
  }
}

/** Waits for both even when one fails, so that nothing is still being made when the pod is looked at again. */
async function bothOrFail<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

/** What a sandbox is made from, or was. */
interface Sandbox { podConfig: cri.PodSandboxConfig; handler: string; userNamespace: cri.UserNamespace }

async function createSandbox(deps: SyncDeps, request: SyncRequest, { attempt, stopFirst }: { attempt: number; stopFirst: readonly string[] }): Promise<Sandbox & { id: string }> {
  const { pod, signal, state } = request;
  const { runtime, events, sandboxPermits } = deps;
  if (state.sandboxes.length > 0) events.normal(pod, 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  await killPodContainers(deps, { pod, state });
  for (const id of stopFirst) await runtime.stopSandbox(id);
  await ensureCgroup(deps, pod);
  try {
    const sandbox = await sandboxFor(deps, request, attempt);
    for (const { reason, message } of podDnsConfig(pod, dnsOf(deps)).problems) events.warning(pod, reason, message);
    return { ...sandbox, id: await sandboxPermits.run(() => runtime.runSandbox(sandbox.podConfig, sandbox.handler), { signal }) };
  } catch (error) {
    if (!signal.aborted) events.warning(pod, 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${textOf(error)}`);
    throw error;
  }
}

async function ensureCgroup({ cgroups, events, actuated }: SyncDeps, pod: Pod): Promise<void> {
  try {
    if (await cgroups.ensure(pod) && pod.spec?.resources !== undefined) actuated.setPod(podUid(pod), pod.spec.resources);
  } catch (error) {
    events.warning(pod, 'FailedCreatePodContainer', `unable to ensure pod container exists: ${errorMessage(error)}`);
    throw error;
  }
}

function textOf(error: unknown): string { return error instanceof CriError ? rpcErrorText(error) : errorMessage(error); }

const dnsOf = ({ config }: SyncDeps): { cluster: ClusterDns; host: DnsConfig } => ({ cluster: config.clusterDns, host: config.hostDns });

async function sandboxFor(deps: SyncDeps, { pod, paths, seenAtMs, signal }: SyncRequest, attempt: number): Promise<Sandbox> {
  const { config, runtimeClasses, userNamespaces } = deps;
  const handler = await runtimeClasses.handlerOf(pod, signal);
  const userNamespace = await userNamespaces.of(pod, handler);
  const podConfig = sandboxConfig({
    pod, attempt, userNamespace, hostname: kernelHostname(pod, config.clusterDns.domain), dns: podDnsConfig(pod, dnsOf(deps)).config, logDirectory: paths.logs,
    cgroupParent: cgroupParent(pod, config.cgroupRoot), seenAt: toRfc3339(seenAtMs),
  });
  return { podConfig, handler, userNamespace };
}

async function writeHostsFile({ config }: SyncDeps, { pod, paths }: SyncRequest, ips: readonly string[]): Promise<void> {
  const aliases = pod.spec?.hostAliases ?? [];
  const content = isHostNetwork(pod)
    ? hostNetworkHostsFile(await readFile('/etc/hosts', 'utf8').catch(() => ''), aliases) // a host without the file has nothing to show
    : podHostsFile({ podIps: ips, aliases, ...podHostname(pod, config.clusterDns.domain) });
  await mkdir(path.dirname(paths.etcHosts), { recursive: true, mode: 0o750 });
  await writeFile(paths.etcHosts, content, { mode: 0o644 });
}

interface Started { sandboxId: string; podConfig: cri.PodSandboxConfig; userNamespace: cri.UserNamespace; volumes: MountedVolumes; facts: DownwardFacts }

async function startAll(deps: SyncDeps, request: SyncRequest, { sandboxId, podConfig, userNamespace, volumes, facts }: Started): Promise<Pick<SyncResult, 'waiting' | 'retryAtMs' | 'started'>> {
  const waiting = new Map<string, WaitingReason>();
  const started: string[] = [];
  const retries: number[] = [];
  for (const container of request.actions.start) {
    if (request.signal.aborted) break;
    try {
      await startContainer(deps, { ...request, secrets: request.pullSecrets, container, sandboxId, sandboxConfig: podConfig, userNamespace, volumes, facts });
      started.push(container.name);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      waiting.set(container.name, { reason: error.reason, message: error.message });
      if (error.retryAtMs !== undefined) retries.push(error.retryAtMs);
      const isInit = initContainers(request.pod).includes(container);
      if (isInit && !isSidecar(container)) break; // nothing begins before it is through
    }
  }
  return { waiting, started, retryAtMs: retries.length === 0 ? undefined : Math.min(...retries) };
}

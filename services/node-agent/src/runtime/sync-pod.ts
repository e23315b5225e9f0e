import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { errorMessage, type Semaphore } from '@kubernode/base';
import type { cri } from '@kubernode/rpc';
import type { ReferencedData } from '../pod/compute-environment.ts';
import { type ClusterDns, type DnsConfig, podDnsConfig } from '../pod/dns-config.ts';
import type { DownwardFacts } from '../pod/downward-values.ts';
import { hostNetworkHostsFile, podHostsFile } from '../pod/hosts-file.ts';
import { isHostNetwork, type Pod } from '../pod/pod-facts.ts';
import { podHostname } from '../pod/pod-hostname.ts';
import type { PodPaths } from '../pod/pod-paths.ts';
import { cgroupParent, sandboxConfig } from '../pod/sandbox-config.ts';
import { toRfc3339, type WaitingReason } from '../status/compute-container-statuses.ts';
import type { MountedVolumes, VolumeManager } from '../volumes/volume-manager.ts';
import type { PodActions } from './compute-pod-actions.ts';
import { killContainer, type KillDeps } from './kill-container.ts';
import { latestContainer, podIps, type PodState } from './pod-state.ts';
import { startContainer, type StartDeps } from './start-container.ts';
import { StartError } from './start-error.ts';

export interface SyncConfig {
  nodeName: string;
  hostIp: string;
  cgroupRoot: string;
  clusterDns: ClusterDns;
  hostDns: DnsConfig;
  nodeAllocatable: Readonly<Record<string, string>>;
}

export interface SyncDeps extends StartDeps, KillDeps {
  config: SyncConfig;
  volumes: Pick<VolumeManager, 'mount'>;
  /** Making a sandbox is mostly the kernel's work; more at once are slower for all. */
  sandboxPermits: Semaphore;
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

/** Does what was decided: volumes and sandbox side by side, then kills, then starts in order. A failed start does not keep others from starting. */
export async function syncPod(deps: SyncDeps, request: SyncRequest): Promise<SyncResult> {
  const { pod, actions } = request;
  const nothing = { acted: false, waiting: new Map<string, WaitingReason>(), retryAtMs: undefined, started: [] };
  try {
    const facts: DownwardFacts = { pod, hostIp: deps.config.hostIp, podIps: podIps(request.state), nodeAllocatable: deps.config.nodeAllocatable };
    // Volumes are brought up to date even when there is nothing to start.
    const mounting = deps.volumes.mount({ pod, data: request.data, facts });
    const config = actions.sandbox.kind === 'create' ? newSandboxConfig(deps, request, actions.sandbox.attempt) : undefined;
    const [volumes, sandboxId] = await bothOrFail(mountOrReport(deps, pod, mounting), config === undefined ? currentSandbox(actions) : createSandbox(deps, request, config));
    await Promise.all(actions.kill.map(({ container, message }) => killContainer(deps, { pod, state: request.state, container, message })));
    if (sandboxId === undefined || actions.start.length === 0) return { ...nothing, acted: actions.kill.length > 0, failure: undefined };
    const ips = config === undefined ? facts.podIps : (await deps.runtime.sandboxStatus(sandboxId)).ips;
    await writeHostsFile(deps, request, isHostNetwork(pod) ? [deps.config.hostIp] : ips);
    const podConfig = config ?? newSandboxConfig(deps, request, request.state.sandboxes[0]?.attempt ?? 0);
    return { acted: true, failure: undefined, ...await startAll(deps, request, { sandboxId, podConfig, volumes, facts: { ...facts, podIps: isHostNetwork(pod) ? [deps.config.hostIp] : ips } }) };
  } catch (error) {
    if (request.signal.aborted) return { ...nothing, failure: undefined };
    return { ...nothing, acted: true, failure: error instanceof Error ? error : new Error(errorMessage(error)) };
  }
}

/** Waits for both even when one fails, so that nothing is still being made when the pod is looked at again. */
async function bothOrFail<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

async function mountOrReport({ events }: SyncDeps, pod: Pod, mounting: Promise<MountedVolumes>): Promise<MountedVolumes> {
  try {
    return await mounting;
  } catch (error) {
    events.warning(pod, 'FailedMount', errorMessage(error));
    throw error;
  }
}

const currentSandbox = ({ sandbox }: PodActions): Promise<string | undefined> => Promise.resolve(sandbox.kind === 'keep' ? sandbox.id : undefined);

async function createSandbox({ runtime, events, sandboxPermits }: SyncDeps, { pod, actions: { sandbox }, signal, state }: SyncRequest, config: cri.PodSandboxConfig): Promise<string> {
  if (sandbox.kind === 'create') {
    if (state.sandboxes.length > 0) events.normal(pod, 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    for (const id of sandbox.stopFirst) await runtime.stopSandbox(id);
  }
  try {
    return await sandboxPermits.run(() => runtime.runSandbox(config), { signal });
  } catch (error) {
    if (!signal.aborted) events.warning(pod, 'FailedCreatePodSandBox', `Failed to create pod sandbox: rpc error: code = Unknown desc = ${errorMessage(error)}`);
    throw error;
  }
}

function newSandboxConfig({ config }: SyncDeps, { pod, paths, seenAtMs }: SyncRequest, attempt: number): cri.PodSandboxConfig {
  const { hostname } = podHostname(pod, config.clusterDns.domain);
  const dns = podDnsConfig(pod, { cluster: config.clusterDns, host: config.hostDns });
  return sandboxConfig({ pod, attempt, hostname, dns, logDirectory: paths.logs, cgroupParent: cgroupParent(pod, config.cgroupRoot), seenAt: toRfc3339(seenAtMs) });
}

async function writeHostsFile({ config }: SyncDeps, { pod, paths }: SyncRequest, ips: readonly string[]): Promise<void> {
  const aliases = pod.spec?.hostAliases ?? [];
  const content = isHostNetwork(pod)
    ? hostNetworkHostsFile(await readFile('/etc/hosts', 'utf8').catch(() => ''), aliases) // a host without the file has nothing to show
    : podHostsFile({ podIps: ips, aliases, ...podHostname(pod, config.clusterDns.domain) });
  await mkdir(path.dirname(paths.etcHosts), { recursive: true, mode: 0o750 });
  await writeFile(paths.etcHosts, content, { mode: 0o644 });
}

interface Started { sandboxId: string; podConfig: cri.PodSandboxConfig; volumes: MountedVolumes; facts: DownwardFacts }

async function startAll(deps: SyncDeps, request: SyncRequest, { sandboxId, podConfig, volumes, facts }: Started): Promise<Pick<SyncResult, 'waiting' | 'retryAtMs' | 'started'>> {
  const waiting = new Map<string, WaitingReason>();
  const started: string[] = [];
  const retries: number[] = [];
  for (const container of request.actions.start) {
    if (request.signal.aborted) break;
    const last = latestContainer(request.state, container.name);
    try {
      await startContainer(deps, { ...request, secrets: request.pullSecrets, container, last, sandboxId, sandboxConfig: podConfig, volumes, facts });
      started.push(container.name);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      waiting.set(container.name, { reason: error.reason, message: error.message });
      if (error.retryAtMs !== undefined) retries.push(error.retryAtMs);
    }
  }
  return { waiting, started, retryAtMs: retries.length === 0 ? undefined : Math.min(...retries) };
}

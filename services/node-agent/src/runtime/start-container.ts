import { chmod, mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { cri } from '@kubernode/rpc';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import { runHook } from '../lifecycle/run-hook.ts';
import { computeEnvironment, ContainerConfigError, type ReferencedData } from '../pod/compute-environment.ts';
import { containerConfig } from '../pod/container-config.ts';
import type { NodeAmounts } from '../pod/container-resources.ts';
import type { DownwardFacts } from '../pod/downward-values.ts';
import { type Container, ephemeralContainers, formatPod, type Pod } from '../pod/pod-facts.ts';
import type { PodPaths } from '../pod/pod-paths.ts';
import { containerDevices, containerMounts, volumeGroups } from '../volumes/container-mounts.ts';
import type { MountedVolumes } from '../volumes/volume-manager.ts';
import { killContainer, type KillDeps } from './kill-container.ts';
import { latestContainer, type PodState } from './pod-state.ts';
import { readEnvFiles } from './read-env-files.ts';
import { formatDelay } from './restart-backoff.ts';
import { nextRestartCount } from './restart-count.ts';
import { restartDelay, type RestartDelay, restartKey } from './restart-delay.ts';
import { StartError } from './start-error.ts';

export interface StartDeps extends KillDeps {
  images: Pick<ImagePuller, 'ensure'>;
  node: NodeAmounts;
  seccompDefault: boolean;
  /** Where seccomp profiles of the node are kept. */
  seccompRoot: string;
  /** Whether the pod's runtime can make what is mounted below a mount read-only with it. */
  recursiveReadOnly: (pod: Pod) => boolean;
  /** Where links to logs by container id are kept for log collectors. */
  containerLogsDir: string;
  /** Told what the kernel is to grant a container, or a pod, from its start on. */
  actuated: { set(uid: string, container: string, resources: coreV1.ResourceRequirements): void; setPod(uid: string, resources: coreV1.ResourceRequirements): void };
}

export interface StartRequest {
  /** With the resources that the node has allocated to it. */
  pod: Pod;
  state: PodState;
  container: Container;
  sandboxId: string;
  sandboxConfig: cri.PodSandboxConfig;
  userNamespace: cri.UserNamespace;
  volumes: MountedVolumes;
  facts: DownwardFacts;
  data: ReferencedData;
  secrets: readonly Readonly<coreV1.Secret>[];
  serviceVariables: ReadonlyMap<string, string>;
  paths: PodPaths;
  signal: AbortSignal;
}

/** Has a container's image, makes the container, starts it, and runs its postStart handler. Rejects with StartError. */
export async function startContainer(deps: StartDeps, request: StartRequest): Promise<void> {
  const { pod, container, state } = request;
  const { runtime, events } = deps;
  const last = latestContainer(state, container.name);
  const delay = checkDelay(deps, request, last);
  const image = await deps.images.ensure(request).catch((error: unknown) => {
    if (error instanceof StartError) events.warning(pod, 'Failed', `Error: ${error.reason}`, container.name);
    throw error;
  });
  const config = await guard(deps, request, 'CreateContainerConfigError', () => makeConfig(deps, request, { last, image, delay }));
  deps.actuated.set(pod.metadata.uid ?? '', container.name, container.resources ?? {});
  const id = await guard(deps, request, 'CreateContainerError', () => runtime.createContainer(request.sandboxId, config, request.sandboxConfig));
  events.normal(pod, 'Created', 'Container created', container.name);
  await guard(deps, request, 'RunContainerError', () => runtime.startContainer(id), id);
  events.normal(pod, 'Started', 'Container started', container.name);
  await linkLog(deps, request, { id, logPath: path.join(request.paths.logs, config.logPath ?? '') });
  await postStart(deps, request, id);
}

interface Making { last: ContainerDetail | undefined; image: Awaited<ReturnType<ImagePuller['ensure']>>; delay: RestartDelay }

async function makeConfig(deps: StartDeps, request: StartRequest, { last, image, delay }: Making): Promise<cri.ContainerConfig> {
  const { pod, container, volumes, paths, userNamespace } = request;
  const attempt = await nextRestartCount(last, path.join(paths.logs, container.name));
  const targetId = targetOf(request);
  const environment = computeEnvironment({ container, facts: request.facts, data: request.data, services: request.serviceVariables, envFile: await readEnvFiles(container, volumes) });
  const terminationLog = await prepareTerminationLog(paths.terminationLog(container.name, attempt));
  const mounts = await containerMounts({ container, volumes, environment, etcHosts: paths.etcHosts, terminationLog, supportsRecursiveReadOnly: deps.recursiveReadOnly(pod), logger: deps.logger });
  return containerConfig({
    pod, container, attempt, image: image.info, imageRef: image.ref, environment, mounts, devices: containerDevices(container, volumes), groups: volumeGroups(volumes), node: deps.node, seccompDefault: deps.seccompDefault, seccompRoot: deps.seccompRoot,
    targetId, userNamespace, restartDelay: { nextMs: delay.nextMs, key: restartKey(container) },
  });
}

/** An ephemeral container may want to see the processes of another one. */
function targetOf({ pod, container, state }: StartRequest): string | undefined {
  const name = (ephemeralContainers(pod).find((one) => one.name === container.name) as coreV1.EphemeralContainer | undefined)?.targetContainerName ?? ''; // listed as containers, which they extend
  if (name === '') return undefined;
  const target = latestContainer(state, name);
  if (target === undefined) throw new ContainerConfigError(`unable to find target container ${name}`);
  return target.id;
}

/** A container that ended lately waits, longer each time. */
function checkDelay({ clock, events }: StartDeps, { pod, container }: StartRequest, last: ContainerDetail | undefined): RestartDelay {
  const delay = restartDelay(container, last, clock.now());
  if (delay.waitUntilMs === undefined) return delay;
  events.warning(pod, 'BackOff', `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`, container.name);
  throw new StartError('CrashLoopBackOff', `back-off ${formatDelay(delay.waitMs)} restarting failed container=${container.name} pod=${formatPod(pod)}`, { retryAtMs: delay.waitUntilMs });
}

/** In events a container's name stands for its id: ids would make each event another one. */
async function guard<T>({ events }: StartDeps, { pod, container }: StartRequest, reason: string, step: () => Promise<T>, id = ''): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof StartError) throw error;
    const shown = error instanceof ContainerConfigError ? 'CreateContainerConfigError' : reason;
    const message = errorMessage(error);
    events.warning(pod, 'Failed', `Error: ${id === '' ? message : message.replaceAll(id, container.name)}`, container.name);
    throw new StartError(shown, message, { cause: error });
  }
}

async function prepareTerminationLog(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
  await writeFile(file, '');
  await chmod(file, 0o666); // whatever user the container runs as
  return file;
}

/** `NAME_NAMESPACE_CONTAINER-ID.log`: how log collectors find a container's log. */
async function linkLog({ containerLogsDir, logger }: StartDeps, { pod, container }: StartRequest, { id, logPath }: { id: string; logPath: string }): Promise<void> {
  if (containerLogsDir === '') return;
  const link = path.join(containerLogsDir, `${pod.metadata.name}_${pod.metadata.namespace ?? ''}_${container.name}-${id}.log`);
  try {
    await mkdir(containerLogsDir, { recursive: true });
    await unlink(link).catch(() => undefined); // usually not there
    await symlink(logPath, link);
  } catch (error) {
    logger.warn('cannot link a container log', { link, error: errorMessage(error) });
  }
}

const POST_START_TIMEOUT_MS = 24 * 3_600_000;

async function postStart(deps: StartDeps, { pod, container, facts, signal, state }: StartRequest, id: string): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (handler === undefined) return;
  try {
    await runHook(deps.hooks, handler, { pod, container, containerId: id, podIp: facts.podIps[0] ?? '', timeoutMs: POST_START_TIMEOUT_MS, signal });
  } catch (error) {
    if (signal.aborted) return; // the pod ends, and so does its container
    deps.events.warning(pod, 'FailedPostStartHook', 'PostStartHook failed', container.name); // without the reason: it may hold secrets
    const started = await deps.runtime.containerStatus(id);
    await killContainer(deps, { pod, state, container: started, message: 'FailedPostStartHook' });
    throw new StartError('PostStartHookError', errorMessage(error), { cause: error });
  }
}

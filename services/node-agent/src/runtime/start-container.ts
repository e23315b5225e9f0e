import { chmod, mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { cri } from '@kubernode/rpc';
import type { ContainerDetail, CriRuntime } from '../cri/cri-runtime.ts';
import type { PodEvents } from '../events/pod-events.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import { type HookDeps, runHook } from '../lifecycle/run-hook.ts';
import { computeEnvironment, ContainerConfigError, type ReferencedData } from '../pod/compute-environment.ts';
import { containerConfig } from '../pod/container-config.ts';
import type { DownwardFacts } from '../pod/downward-values.ts';
import { type Container, formatPod, type Pod, podUid } from '../pod/pod-facts.ts';
import type { PodPaths } from '../pod/pod-paths.ts';
import { readOnlyVolumes } from '../volumes/claimed-volume.ts';
import { containerMounts } from '../volumes/container-mounts.ts';
import type { MountedVolumes } from '../volumes/volume-manager.ts';
import { formatDelay, type RestartBackoff } from './restart-backoff.ts';
import { StartError } from './start-error.ts';

export interface StartDeps {
  runtime: CriRuntime;
  images: Pick<ImagePuller, 'ensure'>;
  events: PodEvents;
  hooks: HookDeps;
  backoff: RestartBackoff;
  clock: Clock;
  logger: Logger;
  nodeMemoryBytes: number;
  seccompDefault: boolean;
  /** Where links to logs by container id are kept for log collectors. */
  containerLogsDir: string;
}

export interface StartRequest {
  pod: Pod;
  container: Container;
  /** The last container of that name, if there was one. */
  last: ContainerDetail | undefined;
  sandboxId: string;
  sandboxConfig: cri.PodSandboxConfig;
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
  checkBackoff(deps, request);
  const { pod, container } = request;
  const { runtime, events } = deps;
  const image = await deps.images.ensure(request).catch((error: unknown) => {
    if (error instanceof StartError) events.warning(pod, 'Failed', `Error: ${error.reason}`, container.name);
    throw error;
  });
  const attempt = request.last === undefined ? 0 : request.last.attempt + 1;
  const config = await guard(deps, request, 'CreateContainerConfigError', async () => {
    const environment = computeEnvironment({ container, facts: request.facts, data: request.data, services: request.serviceVariables });
    const terminationLog = await prepareTerminationLog(request.paths.terminationLog(container.name, attempt));
    const mounts = await containerMounts({ container, volumes: request.volumes, readOnlyVolumes: readOnlyVolumes(pod), environment, etcHosts: request.paths.etcHosts, terminationLog });
    return containerConfig({ pod, container, attempt, image: image.info, imageRef: image.ref, environment, mounts, nodeMemoryBytes: deps.nodeMemoryBytes, seccompDefault: deps.seccompDefault });
  });
  const id = await guard(deps, request, 'CreateContainerError', () => runtime.createContainer(request.sandboxId, config, request.sandboxConfig));
  events.normal(pod, 'Created', 'Container created', container.name);
  await guard(deps, request, 'RunContainerError', () => runtime.startContainer(id));
  events.normal(pod, 'Started', 'Container started', container.name);
  await linkLog(deps, request, { id, logPath: path.join(request.paths.logs, config.logPath ?? '') });
  await postStart(deps, request, id);
}

/** A container that ended may start again only after its delay. */
function checkBackoff({ backoff, clock, events }: StartDeps, { pod, container, last }: StartRequest): void {
  if (last?.phase !== 'exited') return;
  const key = `${podUid(pod)}/${container.name}`;
  const nowMs = clock.now();
  const pending = backoff.pending(key, { eventMs: last.finishedAtMs, nowMs });
  if (pending === undefined) { backoff.advance(key, { eventMs: last.finishedAtMs, nowMs }); return; }
  events.warning(pod, 'BackOff', `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`, container.name);
  throw new StartError('CrashLoopBackOff', `back-off ${formatDelay(pending.delayMs)} restarting failed container=${container.name} pod=${formatPod(pod)}`, { retryAtMs: pending.untilMs });
}

async function guard<T>({ events }: StartDeps, { pod, container }: StartRequest, reason: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const shown = error instanceof ContainerConfigError ? 'CreateContainerConfigError' : reason;
    events.warning(pod, 'Failed', `Error: ${errorMessage(error)}`, container.name);
    throw new StartError(shown, errorMessage(error), { cause: error });
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

async function postStart({ hooks, events, runtime }: StartDeps, { pod, container, facts, signal }: StartRequest, id: string): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (handler === undefined || handler === null) return;
  try {
    await runHook(hooks, handler, { pod, container, containerId: id, podIp: facts.podIps[0] ?? '', timeoutMs: POST_START_TIMEOUT_MS, signal });
  } catch (error) {
    events.warning(pod, 'FailedPostStartHook', 'PostStartHook failed', container.name);
    events.normal(pod, 'Killing', 'FailedPostStartHook', container.name);
    await runtime.stopContainer(id, pod.spec?.terminationGracePeriodSeconds ?? 30);
    throw new StartError('PostStartHookError', errorMessage(error), { cause: error });
  }
}

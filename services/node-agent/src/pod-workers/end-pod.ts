import { rm } from 'node:fs/promises';
import { errorMessage } from '@kubernode/base';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import type { PodPaths } from '../pod/pod-paths.ts';
import { type Hurry, type KillDeps, killPodContainers } from '../runtime/kill-container.ts';
import type { PodState } from '../runtime/pod-state.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { UserNamespaces } from './user-namespaces.ts';

export interface EndDeps extends KillDeps {
  volumes: Pick<VolumeManager, 'unmountAll'>;
  cgroups: Pick<PodCgroups, 'remove'>;
  userNamespaces: Pick<UserNamespaces, 'release'>;
}

export interface EndRequest {
  pod: Pod;
  state: PodState;
  paths: PodPaths;
  hurry: Hurry;
  /** Nothing is to stay; else containers and logs stay to be looked at. */
  remove: boolean;
  /** The object is gone already: nobody reads a status. */
  orphan: boolean;
  /** Instead of the pod's own. */
  graceSeconds?: number | undefined;
  observe: () => Promise<PodState>;
  /** Writes the status; `stopped` once no container runs any more. */
  report: (stopped: boolean) => Promise<void>;
}

/** Ends a pod: containers, then sandbox, then volumes; after that its object may go. Each step may be done again after a failure. */
export async function endPod(deps: EndDeps, request: EndRequest): Promise<void> {
  const { pod, remove, observe, report } = request;
  let { state } = request;
  if (state.containers.some(({ phase }) => phase === 'running' || phase === 'unknown')) {
    if (!request.orphan) void report(false); // the kill need not wait for the words about it
    await killAll(deps, request);
    state = await observe();
  }
  for (const sandbox of state.sandboxes) if (sandbox.ready || remove) await deps.runtime.stopSandbox(sandbox.id);
  if (!remove) await observe();
  await Promise.all([report(true), deps.volumes.unmountAll(podUid(pod))]); // API servers that are away keep no disk full
}

/** What nobody waits for: takes away the control groups of an ended pod and, where nothing is to stay, its sandboxes and logs. */
export async function clearAway({ runtime, cgroups, userNamespaces }: EndDeps, { pod, state, remove, paths }: Pick<EndRequest, 'pod' | 'state' | 'remove' | 'paths'>): Promise<void> {
  if (remove) for (const { id } of state.sandboxes) await runtime.removeSandbox(id);
  await cgroups.remove(pod);
  await userNamespaces.release(podUid(pod));
  if (remove) await rm(paths.logs, { recursive: true, force: true });
}

async function killAll(deps: EndDeps, { pod, state, hurry, graceSeconds }: EndRequest): Promise<void> {
  try {
    await killPodContainers(deps, { pod, state, hurry, graceSeconds });
  } catch (error) {
    deps.events.warning(pod, 'FailedKillPod', `error killing pod: ${errorMessage(error)}`);
    throw error;
  }
}

import type { ContainerDetail, CriRuntime, SandboxDetail } from '../cri/cri-runtime.ts';
import { newestFirst, type PodState } from './pod-state.ts';
import type { ReadTerminationMessage } from './termination-message.ts';

export interface ObserverDeps {
  runtime: Pick<CriRuntime, 'listSandboxes' | 'sandboxStatus' | 'listContainers' | 'containerStatus'>;
  readMessage: ReadTerminationMessage;
}

/** Details that cannot change any more, by id; one map a pod, owned by its worker. */
export interface ObservationMemory { exited: Map<string, ContainerDetail>; sandboxes: Map<string, SandboxDetail> }

export function emptyMemory(): ObservationMemory { return { exited: new Map(), sandboxes: new Map() }; }

/** Asks the runtime for all it has of a pod. What vanishes between two questions is left out. */
export async function observePod({ runtime, readMessage }: ObserverDeps, uid: string, memory: ObservationMemory): Promise<PodState> {
  const [sandboxes, containers] = await Promise.all([runtime.listSandboxes({ podUid: uid }), runtime.listContainers({ podUid: uid })]);
  const newest = newestFirst(sandboxes);
  const [sandboxDetails, details] = await Promise.all([
    Promise.all(newest.map(async (sandbox): Promise<SandboxDetail | undefined> => {
      const known = memory.sandboxes.get(sandbox.id);
      if (known !== undefined && known.ready === sandbox.ready) return known; // a sandbox keeps its addresses for life
      const detail = await present(runtime.sandboxStatus(sandbox.id));
      if (detail !== undefined) memory.sandboxes.set(sandbox.id, detail);
      return detail;
    })),
    Promise.all(newestFirst(containers).map(async (container): Promise<ContainerDetail | undefined> => {
      const known = memory.exited.get(container.id);
      if (known !== undefined) return known;
      const status = await present(runtime.containerStatus(container.id));
      if (status === undefined) return undefined;
      const detail = { ...status, sandboxId: container.sandboxId };
      if (detail.phase !== 'exited') return detail;
      const last = { ...detail, message: await readMessage(detail) };
      memory.exited.set(last.id, last);
      return last;
    })),
  ]);
  forgetGone(memory, { sandboxes: new Set(sandboxes.map(({ id }) => id)), containers: new Set(containers.map(({ id }) => id)) });
  return { sandboxes: sandboxDetails.filter((one) => one !== undefined), containers: details.filter((one) => one !== undefined) };
}

function forgetGone(memory: ObservationMemory, { sandboxes, containers }: { sandboxes: ReadonlySet<string>; containers: ReadonlySet<string> }): void {
  for (const id of memory.exited.keys()) if (!containers.has(id)) memory.exited.delete(id);
  for (const id of memory.sandboxes.keys()) if (!sandboxes.has(id)) memory.sandboxes.delete(id);
}

async function present<T>(call: Promise<T>): Promise<T | undefined> {
  try { return await call; } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

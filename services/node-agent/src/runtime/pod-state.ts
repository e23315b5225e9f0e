import type { ContainerDetail, SandboxDetail } from '../cri/cri-runtime.ts';

/** What the runtime has of one pod, newest first. */
export interface PodState {
  sandboxes: readonly SandboxDetail[];
  containers: readonly ContainerDetail[];
}

export const EMPTY_STATE: PodState = { sandboxes: [], containers: [] };

/** The newest container of that name, of any sandbox. */
export function latestContainer(state: PodState, name: string): ContainerDetail | undefined {
  return state.containers.find((container) => container.name === name);
}

/** The newest container of that name in that sandbox. */
export function containerIn(state: PodState, sandboxId: string, name: string): ContainerDetail | undefined {
  return state.containers.find((container) => container.name === name && container.sandboxId === sandboxId);
}

/** Newest first, by creation and then by count. */
export function newestFirst<T extends { createdAtMs: number; attempt: number }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs);
}

export function podIps(state: PodState): readonly string[] {
  return state.sandboxes.find((sandbox) => sandbox.ready)?.ips ?? [];
}

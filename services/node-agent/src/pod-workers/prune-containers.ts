import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodState } from '../runtime/pod-state.ts';

/** Of each name the newest container and the one before it are kept: the last state and its logs. */
const RECORDS_KEPT = 2;

/** Removes older records of a pod's containers, and stopped sandboxes that hold none. */
export async function pruneContainers(runtime: Pick<CriRuntime, 'removeContainer' | 'removeSandbox'>, state: PodState): Promise<void> {
  const counts = new Map<string, number>();
  const kept = new Set<string>();
  for (const { id, name, phase, sandboxId } of state.containers) {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count > RECORDS_KEPT && phase === 'exited') await runtime.removeContainer(id);
    else kept.add(sandboxId);
  }
  for (const { id, ready } of state.sandboxes.slice(1)) if (!ready && !kept.has(id)) await runtime.removeSandbox(id);
}

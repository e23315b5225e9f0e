import type { QueuedPod } from '../framework/queued-pod.ts';

/** Pods that wait for something to happen, found by the plugins that turned them down: an event concerns few plugins, so few pods are looked at. */
export class UnschedulablePods {
  readonly #pods = new Map<string, QueuedPod>(); // by uid
  readonly #byPlugin = new Map<string, Set<QueuedPod>>();
  #gated = 0;

  get size(): number { return this.#pods.size; }
  get gated(): number { return this.#gated; }
  get(uid: string): QueuedPod | undefined { return this.#pods.get(uid); }
  values(): IterableIterator<QueuedPod> { return this.#pods.values(); }

  /** How many pods wait because of each plugin. */
  *countsByPlugin(): Iterable<[plugin: string, pods: ReadonlySet<QueuedPod>]> { yield* this.#byPlugin; }

  /** What the pod was turned down by must not change while it is in here. */
  add(queued: QueuedPod): void {
    this.delete(queued.info.uid);
    this.#pods.set(queued.info.uid, queued);
    if (queued.gatedBy !== undefined) this.#gated++;
    for (const plugin of rejectorsOf(queued)) {
      const pods = this.#byPlugin.get(plugin);
      if (pods === undefined) this.#byPlugin.set(plugin, new Set([queued]));
      else pods.add(queued);
    }
  }

  delete(uid: string): QueuedPod | undefined {
    const queued = this.#pods.get(uid);
    if (queued === undefined) return undefined;
    this.#pods.delete(uid);
    if (queued.gatedBy !== undefined) this.#gated--;
    for (const plugin of rejectorsOf(queued)) {
      const pods = this.#byPlugin.get(plugin);
      pods?.delete(queued);
      if (pods?.size === 0) this.#byPlugin.delete(plugin);
    }
    return queued;
  }

  /** Those that one of the plugins turned down. */
  turnedDownBy(plugins: Iterable<string>): Set<QueuedPod> {
    const found = new Set<QueuedPod>();
    for (const plugin of plugins) for (const queued of this.#byPlugin.get(plugin) ?? []) found.add(queued);
    return found;
  }
}

export function rejectorsOf({ refusedBy, pendingBy }: QueuedPod): Iterable<string> {
  return pendingBy.size === 0 ? refusedBy : new Set([...refusedBy, ...pendingBy]);
}

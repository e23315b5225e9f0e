import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TaskGroup, whenAborted } from '@kubernode/base';
import type { Informer } from '@kubernode/client';
import type { Sandbox } from '../cri/cri-runtime.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { PodWorker, type PodWorkerDeps } from './pod-worker.ts';

/** All pods of the node, one worker each, by uid: a pod that was deleted and made again under its name is another pod. */
export class PodWorkers {
  readonly #deps: PodWorkerDeps;
  readonly #workers = new Map<string, PodWorker>();
  #group: TaskGroup | undefined;

  constructor(deps: PodWorkerDeps) { this.#deps = deps; }

  get(uid: string): PodWorker | undefined { return this.#workers.get(uid); }
  list(): readonly PodWorker[] { return [...this.#workers.values()]; }
  find(namespace: string, name: string): PodWorker | undefined {
    return this.list().find(({ pod: { metadata } }) => metadata.name === name && metadata.namespace === namespace);
  }

  wake(uid: string): void { this.#workers.get(uid)?.wake(); }

  /** Follows the pods of the node until aborted; containers run on after that. */
  async run(pods: Informer<Pod>, signal: AbortSignal): Promise<void> {
    await pods.synced(signal);
    const group = new TaskGroup(signal);
    this.#group = group;
    using _link = pods.onChange(({ object, previous }) => {
      if (previous !== undefined && (object === undefined || podUid(object) !== podUid(previous))) this.#workers.get(podUid(previous))?.remove();
      if (object !== undefined) this.#accept(object);
    });
    group.spawn((inner) => this.#removeOrphans(inner));
    await group.done();
    this.#group = undefined;
  }

  #accept(pod: Pod): void {
    const known = this.#workers.get(podUid(pod));
    if (known !== undefined) { known.update(pod); return; }
    this.#start(new PodWorker(this.#deps, { pod }));
  }

  #start(worker: PodWorker): void {
    const uid = podUid(worker.pod);
    this.#workers.set(uid, worker);
    this.#group?.spawn(async (signal) => {
      try { await worker.run(signal); } finally { if (this.#workers.get(uid) === worker) this.#workers.delete(uid); }
    });
  }

  /** Ends what runs, or lies on disk, of pods that were deleted while nobody looked. Stays until aborted, so that the group lives. */
  async #removeOrphans(signal: AbortSignal): Promise<void> {
    for (const sandbox of await this.#deps.runtime.listSandboxes({})) {
      if (!this.#workers.has(sandbox.podUid)) this.#start(new PodWorker(this.#deps, { pod: ghost(sandbox), gone: true }));
    }
    const dirs = await readdir(path.join(this.#deps.rootDir, 'pods')).catch(() => []); // no pod was ever here
    for (const uid of dirs) if (!this.#workers.has(uid)) await this.#deps.volumes.unmountAll(uid);
    await whenAborted(signal);
  }
}

/** What a sandbox tells of a pod whose object is gone. */
function ghost({ podUid: uid, podName: name, podNamespace: namespace }: Sandbox): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid } };
}

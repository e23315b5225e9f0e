import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TaskGroup, whenAborted } from '@kubernode/base';
import type { Sandbox } from '../cri/cri-runtime.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { isStaticPod } from '../pod/pod-origin.ts';
import type { PodChange, PodSource } from './pod-source.ts';
import { PodWorker, type PodWorkerDeps } from './pod-worker.ts';

/** All pods of the node, one worker each, by uid: a pod that was deleted and made again under its name is another pod. */
export class PodWorkers {
  readonly #deps: PodWorkerDeps;
  readonly #workers = new Map<string, PodWorker>();
  /** Static pods whose predecessor of the same name has not ended yet, by uid. */
  readonly #waiting = new Map<string, Pod>();
  #group: TaskGroup | undefined;
  #allKnown = false;
  /** All that the runtime has of pods has a worker: a pod that comes from now on begins with nothing. */
  #allFollowed = false;

  constructor(deps: PodWorkerDeps) { this.#deps = deps; }

  get(uid: string): PodWorker | undefined { return this.#workers.get(uid); }
  list(): readonly PodWorker[] { return [...this.#workers.values()]; }
  find(namespace: string, name: string): PodWorker | undefined {
    return this.list().find(({ pod: { metadata } }) => metadata.name === name && metadata.namespace === namespace);
  }

  /** All sources have told their pods: what else runs is an orphan. */
  get allKnown(): boolean { return this.#allKnown; }

  wake(uid: string): void { this.#workers.get(uid)?.wake(); }

  /** Follows the pods of the node until aborted; containers run on after that. */
  async run(sources: readonly PodSource[], signal: AbortSignal): Promise<void> {
    const group = new TaskGroup(signal);
    this.#group = group;
    const following = sources.map((source) => new Promise<void>((resolve) => {
      group.spawn(async (inner) => {
        await source.synced(inner); // one that cannot be reached keeps the others from nothing
        using _link = source.onChange((change) => { this.#follow(change); });
        resolve();
        await whenAborted(inner);
      });
    }));
    group.spawn(async (inner) => {
      await Promise.race([Promise.all(following), whenAborted(inner)]);
      if (!inner.aborted) await this.#removeOrphans(inner);
    });
    await group.done();
    this.#group = undefined;
  }

  #follow({ object, previous }: PodChange): void {
    if (previous !== undefined && (object === undefined || podUid(object) !== podUid(previous))) {
      this.#waiting.delete(podUid(previous));
      this.#workers.get(podUid(previous))?.remove();
    }
    if (object !== undefined) this.#accept(object);
  }

  #accept(pod: Pod): void {
    const known = this.#workers.get(podUid(pod));
    if (known !== undefined) { known.update(pod); return; }
    if (isStaticPod(pod) && this.find(pod.metadata.namespace ?? '', pod.metadata.name) !== undefined) { this.#waiting.set(podUid(pod), pod); return; }
    this.#start(new PodWorker(this.#deps, { pod, isNew: this.#allFollowed }));
  }

  #start(worker: PodWorker): void {
    const uid = podUid(worker.pod);
    this.#workers.set(uid, worker);
    this.#group?.spawn(async (signal) => {
      try { await worker.run(signal); } finally { if (this.#workers.get(uid) === worker) this.#workers.delete(uid); }
      if (!signal.aborted) this.#startWaiting(worker.pod);
    });
  }

  /** A static pod whose file was changed ends before its new self begins: both have the same name and ports. */
  #startWaiting({ metadata: { namespace, name } }: Pod): void {
    for (const [uid, pod] of this.#waiting) {
      if (pod.metadata.namespace !== namespace || pod.metadata.name !== name) continue;
      this.#waiting.delete(uid);
      this.#accept(pod);
      return;
    }
  }

  /** Ends what runs, or lies on disk, of pods that were deleted while nobody looked. Stays until aborted, so that the group lives. */
  async #removeOrphans(signal: AbortSignal): Promise<void> {
    this.#allKnown = true;
    for (const sandbox of await this.#deps.runtime.listSandboxes({})) {
      if (!this.#workers.has(sandbox.podUid)) this.#start(new PodWorker(this.#deps, { pod: ghost(sandbox), gone: true }));
    }
    this.#allFollowed = true;
    const dirs = await readdir(path.join(this.#deps.rootDir, 'pods')).catch(() => []); // no pod was ever here
    for (const uid of dirs) if (!this.#workers.has(uid)) await this.#deps.volumes.unmountAll(uid).catch(() => undefined); // what cannot be unmounted now is garbage, collected later
    await whenAborted(signal);
  }
}

/** What a sandbox tells of a pod whose object is gone. */
function ghost({ podUid: uid, podName: name, podNamespace: namespace }: Sandbox): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid } };
}

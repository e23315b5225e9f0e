import { watch } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, errorMessage, onAbort, WakeUp } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { toRfc3339 } from '../status/compute-container-statuses.ts';
import type { PodChange, PodSource } from '../pod-workers/pod-source.ts';
import { parseManifest } from './parse-manifest.ts';

export interface ManifestSourceDeps {
  /** A folder of manifests, or one file. */
  path: string;
  nodeName: string;
  /** Looked at this often even when no change was seen. */
  checkEveryMs: number;
  clock: Clock;
  logger: Logger;
}

/** A larger file is no manifest. */
const MANIFEST_MAX_BYTES = 10 * 1024 * 1024;
const MANIFESTS_MAX = 1000;

/** The pods that files on this node describe. A changed file makes another pod, since its uid follows from its content. */
export class ManifestSource implements PodSource {
  readonly #deps: ManifestSourceDeps;
  readonly #pods = new Map<string, Pod>(); // by uid
  readonly #listeners = new Set<(change: PodChange) => void>();
  readonly #bell = new WakeUp();
  readonly #read = new WakeUp();
  readonly #complaints = new Map<string, string>(); // file → what was wrong when last read
  #hasRead = false;

  constructor(deps: ManifestSourceDeps) { this.#deps = deps; }

  list(): readonly Pod[] { return [...this.#pods.values()]; }

  async synced(signal: AbortSignal): Promise<void> {
    while (!this.#hasRead && !signal.aborted) await this.#read.heard(signal);
  }

  onChange(listener: (change: PodChange) => void): Disposable {
    this.#listeners.add(listener);
    for (const object of this.#pods.values()) listener({ object });
    return { [Symbol.dispose]: () => { this.#listeners.delete(listener); } };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, checkEveryMs, logger } = this.#deps;
    while (!signal.aborted) {
      using _watcher = this.#watch(signal); // anew each round: the folder may not have been there, or be another one now
      try { this.#replace(await this.#readAll()); } catch (error) { logger.warn('cannot read the static pods', { path: this.#deps.path, error: errorMessage(error) }); }
      this.#hasRead = true;
      this.#read.ring();
      await this.#bell.heardWithin({ clock, ms: checkEveryMs }, signal);
    }
  }

  #watch(signal: AbortSignal): Disposable {
    try {
      const watcher = watch(this.#deps.path, { persistent: false }, () => { this.#bell.ring(); });
      watcher.on('error', () => { watcher.close(); }); // the periodic look stays
      const link = onAbort(signal, () => { watcher.close(); });
      return { [Symbol.dispose]: () => { link[Symbol.dispose](); watcher.close(); } };
    } catch { return { [Symbol.dispose]: () => undefined }; } // not there yet: the periodic look finds it
  }

  async #readAll(): Promise<Pod[]> {
    const { path: root } = this.#deps;
    const found = await stat(root).catch(() => undefined); // no folder means no static pods
    if (found === undefined) return [];
    if (found.isFile()) return [await this.#readOne(root)].filter((pod) => pod !== undefined);
    const names = (await readdir(root)).filter((name) => !name.startsWith('.')).sort().slice(0, MANIFESTS_MAX);
    const pods: Pod[] = [];
    for (const name of names) {
      const pod = await this.#readOne(path.join(root, name));
      if (pod !== undefined) pods.push(pod);
    }
    return pods;
  }

  /** Undefined for what is no manifest; the reason is told once. */
  async #readOne(file: string): Promise<Pod | undefined> {
    const { nodeName, clock, logger } = this.#deps;
    try {
      const text = await readManifest(file);
      if (text === undefined) return undefined;
      const pod = parseManifest({ text, file, nodeName, seenAt: toRfc3339(clock.now()) });
      this.#complaints.delete(file);
      return pod;
    } catch (error) {
      const fault = errorMessage(error);
      if (this.#complaints.get(file) !== fault) logger.warn('could not process manifest file', { file, error: fault });
      this.#complaints.set(file, fault);
      return undefined;
    }
  }

  #replace(pods: readonly Pod[]): void {
    const now = new Map(pods.map((pod) => [podUid(pod), pod]));
    for (const [uid, previous] of this.#pods) {
      if (now.has(uid)) continue;
      this.#pods.delete(uid);
      this.#tell({ previous });
    }
    for (const [uid, object] of now) {
      if (this.#pods.has(uid)) continue; // the same content: first seen stays
      this.#pods.set(uid, object);
      this.#tell({ object });
    }
  }

  #tell(change: PodChange): void { for (const listener of this.#listeners) listener(change); }
}

/** Undefined for folders, sockets and the like, and for a file that has just gone. */
async function readManifest(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined); // gone between listing and reading
  if (found?.isFile() !== true) return undefined;
  const handle = await open(file, 'r');
  try {
    if (found.size > MANIFEST_MAX_BYTES) throw new RangeError(`${file} is larger than ${MANIFEST_MAX_BYTES} bytes`);
    return await handle.readFile('utf8');
  } finally { await handle.close(); }
}

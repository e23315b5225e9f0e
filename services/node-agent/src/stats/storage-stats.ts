import path from 'node:path';
import { type Clock, Semaphore } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodFigures } from './node-stats.ts';
import { type DirectoryUsage, directoryUsage, filesUsage, filesystemUsage, type FilesystemUsage } from './filesystem-usage.ts';

export interface WritableLayer extends DirectoryUsage { atMs: number }

/** What the node's disks and its containers' layers hold. */
export interface StorageFigures {
  /** Where pods' volumes and logs lie. */
  node: FilesystemUsage | undefined;
  /** Where images, and where containers' layers lie: mostly the same. */
  images: { filesystem: FilesystemUsage | undefined; usedBytes: number; inodesUsed: number } | undefined;
  containers: { filesystem: FilesystemUsage | undefined; usedBytes: number; inodesUsed: number } | undefined;
  /** By container. */
  layers: ReadonlyMap<string, WritableLayer>;
}

export interface StorageStatsDeps { runtime: Pick<CriRuntime, 'usage' | 'imageStorage'>; clock: Clock; rootDir: string; podLogsDir: string }

/** The runtime itself counts layers no more often. */
const FRESH_MS = 10_000;
const DIRECTORY_FRESH_MS = 60_000;
/** A directory that takes long to count is counted so much more seldom, that it costs a fiftieth of the time at most. */
const DIRECTORY_REST_FACTOR = 50;
const DIRECTORIES_AT_ONCE = 2;
/** Directories counted lately that are remembered. */
const DIRECTORIES_MAX = 10_000;

export class StorageStats {
  readonly #deps: StorageStatsDeps;
  readonly #turns = new Semaphore(DIRECTORIES_AT_ONCE);
  readonly #directories = new Map<string, { usage: Promise<DirectoryUsage>; untilMs: number }>();
  #latest: { figures: Promise<StorageFigures>; atMs: number } | undefined;

  constructor(deps: StorageStatsDeps) { this.#deps = deps; }

  look(): Promise<StorageFigures> {
    const nowMs = this.#deps.clock.monotonicNow();
    if (this.#latest === undefined || nowMs - this.#latest.atMs > FRESH_MS) this.#latest = { figures: this.#read(), atMs: nowMs };
    return this.#latest.figures;
  }

  /** What a directory of a pod holds; at most a minute old, or older when counting takes long. */
  directory(dir: string): Promise<DirectoryUsage> {
    const { clock } = this.#deps;
    const known = this.#directories.get(dir);
    if (known !== undefined && clock.monotonicNow() < known.untilMs) return known.usage;
    if (this.#directories.size >= DIRECTORIES_MAX) this.#directories.delete(this.#directories.keys().next().value ?? ''); // the oldest goes
    const entry = { usage: this.#count(dir), untilMs: Infinity };
    this.#directories.delete(dir);
    this.#directories.set(dir, entry);
    return entry.usage;
  }

  /** The logs of one container, with those set aside. */
  logs({ namespace, name, uid }: Pick<PodFigures, 'namespace' | 'name' | 'uid'>, container: string): Promise<DirectoryUsage> {
    return filesUsage(path.join(this.#deps.podLogsDir, `${namespace}_${name}_${uid}`, container));
  }

  async #count(dir: string): Promise<DirectoryUsage> {
    const { clock } = this.#deps;
    let tookMs = 0;
    try {
      return await this.#turns.run(async () => {
        const startMs = clock.monotonicNow();
        try { return await directoryUsage(dir); } finally { tookMs = clock.monotonicNow() - startMs; }
      });
    } finally {
      const entry = this.#directories.get(dir);
      if (entry !== undefined) entry.untilMs = clock.monotonicNow() + Math.max(DIRECTORY_FRESH_MS, tookMs * DIRECTORY_REST_FACTOR);
    }
  }

  async #read(): Promise<StorageFigures> {
    const { runtime, clock, rootDir } = this.#deps;
    const nowMs = clock.now();
    const [node, storage, usages] = await Promise.all([filesystemUsage(rootDir, nowMs), runtime.imageStorage().catch(() => undefined), runtime.usage().catch(() => [])]); // a runtime that is down has no figures
    const whole = async (of: readonly { mountpoint: string; usedBytes: number; inodesUsed: number }[] | undefined): Promise<StorageFigures['images']> => {
      const [first] = of ?? [];
      return first && { filesystem: await filesystemUsage(first.mountpoint, nowMs), usedBytes: first.usedBytes, inodesUsed: first.inodesUsed };
    };
    const images = await whole(storage?.images);
    const layers = new Map(usages.map(({ containerId, rootfsBytes, rootfsInodes, atMs }) => [containerId, { usedBytes: rootfsBytes, inodesUsed: rootfsInodes, atMs }]));
    return { node, images, containers: await whole(storage?.containers) ?? images, layers };
  }
}

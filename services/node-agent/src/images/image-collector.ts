import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { CriRuntime, ImageInfo } from '../cri/cri-runtime.ts';
import { parseImageName } from './image-name.ts';
import type { ImageMetrics } from './image-metrics.ts';
import type { PullRecords } from './pull-records.ts';
import { type Disk, excessOf, type ImagePolicy, type ImageRecord, selectToFree, showBytes, tooOld, trackImages, unusedImages } from './select-images.ts';

export interface ImageCollectorDeps {
  runtime: Pick<CriRuntime, 'images' | 'listContainers' | 'containerStatus' | 'removeImage' | 'sandboxImage'>;
  policy: ImagePolicy;
  /** Of the disk that holds images. */
  disk: () => Promise<Disk>;
  /** References of images that pods of this node have as volumes. */
  volumeImages: () => readonly string[];
  /** Tells users of the node what is wrong with it. */
  warn: (reason: 'FreeDiskSpaceFailed' | 'ImageGCFailed' | 'InvalidDiskCapacity', message: string) => void;
  metrics: Pick<ImageMetrics, 'collected'>;
  records?: Pick<PullRecords, 'keepOnly'>;
  clock: Clock;
  logger: Logger;
}

const COLLECT_EVERY_MS = 300_000;

/** Removes images that no container uses when the disk fills up, or when they have not been used for long. */
export class ImageCollector {
  readonly #deps: ImageCollectorDeps;
  readonly #startedMs: number;
  #images = new Map<string, ImageRecord>();
  readonly #imageOf = new Map<string, string>(); // container → the id of its image

  constructor(deps: ImageCollectorDeps) {
    this.#deps = deps;
    this.#startedMs = deps.clock.monotonicNow();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, warn, policy } = this.#deps;
    let failedBefore = false;
    while (!signal.aborted) {
      try {
        if (policy.highPercent === 100 && policy.maxAgeMs === 0) await this.#look(); else await this.collect();
        failedBefore = false;
      } catch (error) {
        logger.warn('image garbage collection failed', { error: errorMessage(error) });
        if (failedBefore) warn('ImageGCFailed', errorMessage(error)); // the first may be the start of the runtime
        failedBefore = true;
      }
      await clock.sleep(COLLECT_EVERY_MS, { signal });
    }
  }

  /** By age, and by how full the disk is. Rejects when not enough could be freed. */
  async collect(): Promise<void> {
    const { policy, clock, disk, warn } = this.#deps;
    const candidates = await this.#look();
    const nowMs = clock.monotonicNow();
    const old = tooOld(candidates, { policy, nowMs, startedMs: this.#startedMs });
    await this.#removeAll(old, 'age');
    const { capacity, available } = await disk();
    if (capacity === 0) {
      const message = 'invalid capacity 0 on image filesystem';
      warn('InvalidDiskCapacity', message);
      throw new Error(message);
    }
    const { usagePercent, bytesToFree } = excessOf({ capacity, available }, policy);
    if (bytesToFree <= 0) return;
    const freed = await this.#removeAll(selectToFree(candidates.filter((one) => !old.includes(one)), { bytes: bytesToFree, policy, nowMs }), 'space');
    await this.#dropRecords();
    if (freed >= bytesToFree) return;
    const message = `Insufficient free disk space on the node's image filesystem (${usagePercent}% of ${showBytes(capacity)} used). Failed to free sufficient space by deleting unused images (freed ${freed} bytes). `
      + 'Investigate disk usage, as it could be used by active images, logs, volumes, or other data.';
    warn('FreeDiskSpaceFailed', message);
    throw new Error(message);
  }

  /** All that may go, whatever the disk says: the node is under pressure. */
  async deleteUnused(): Promise<void> {
    const candidates = await this.#look();
    await this.#removeAll(selectToFree(candidates, { bytes: Infinity, policy: this.#deps.policy, nowMs: this.#deps.clock.monotonicNow() }), 'space');
    await this.#dropRecords();
  }

  /** Brings the records up to date; resolves to images that nobody uses. */
  async #look(): Promise<readonly ImageRecord[]> {
    const { runtime, clock } = this.#deps;
    const images = await runtime.images();
    const inUse = await this.#inUse(images);
    this.#images = trackImages(this.#images, { images, inUse, nowMs: clock.monotonicNow() });
    return unusedImages(this.#images, inUse);
  }

  async #inUse(images: readonly ImageInfo[]): Promise<ReadonlySet<string>> {
    const { runtime, volumeImages } = this.#deps;
    const byName = new Map(images.flatMap(({ id, tags, digests }) => [id, ...tags, ...digests].map((name) => [name, id] as const)));
    const containers = await runtime.listContainers({});
    const ids = new Set(containers.map(({ id }) => id));
    for (const id of this.#imageOf.keys()) if (!ids.has(id)) this.#imageOf.delete(id);
    for (const { id } of containers) {
      if (this.#imageOf.has(id)) continue; // a container keeps its image for life
      const status = await runtime.containerStatus(id).catch(() => undefined); // gone since it was listed
      if (status !== undefined) this.#imageOf.set(id, byName.get(status.imageRef) ?? byName.get(status.image) ?? status.imageRef);
    }
    const ofSandboxes = await runtime.sandboxImage();
    const named = [...volumeImages(), ...(ofSandboxes === undefined ? [] : [ofSandboxes])];
    return new Set([...this.#imageOf.values(), ...named.flatMap((name) => byName.get(name) ?? byName.get(parsedName(name)) ?? [])]);
  }

  /** Resolves to the bytes freed; rejects at the end when one could not be removed. */
  async #removeAll(images: readonly ImageRecord[], reason: 'space' | 'age'): Promise<number> {
    const { runtime, metrics, logger } = this.#deps;
    const failures: string[] = [];
    let freed = 0;
    for (const { id, sizeBytes } of images) {
      try {
        logger.info('removing an image', { image: id, sizeBytes, reason });
        await runtime.removeImage(id);
        this.#images.delete(id);
        metrics.collected(reason);
        freed += sizeBytes;
      } catch (error) { failures.push(errorMessage(error)); }
    }
    if (failures.length > 0) throw new Error(`wanted to free ${images.length} images, but freed ${freed} bytes space with errors in image deletion: [${failures.join(', ')}]`);
    return freed;
  }

  async #dropRecords(): Promise<void> { await this.#deps.records?.keepOnly(new Set(this.#images.keys())); }
}

/** As runtimes list an image that was named in a short form. */
function parsedName(name: string): string {
  try {
    const { repository, tag = 'latest', digest } = parseImageName(name);
    return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
  } catch { return name; } // no name: then nothing is listed under it
}

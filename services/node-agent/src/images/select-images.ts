/** What the node knows of an image that it has. Times are ms of one clock. */
export interface ImageRecord {
  id: string;
  sizeBytes: number;
  pinned: boolean;
  /** When this node agent first saw it. */
  firstSeenMs: number;
  /** When it was last seen in use; 0 for never. */
  lastUsedMs: number;
}

export interface ImagePolicy {
  /** Of the disk that holds images: above the high mark images go, until the low one is reached. */
  highPercent: number;
  lowPercent: number;
  minAgeMs: number;
  /** Unused for longer than this: removed however empty the disk is. 0 for never. */
  maxAgeMs: number;
}

/** Brings the records up to date with a listing. */
export function trackImages(records: ReadonlyMap<string, ImageRecord>, { images, inUse, nowMs }: { images: readonly { id: string; sizeBytes: number; pinned: boolean }[]; inUse: ReadonlySet<string>; nowMs: number }): Map<string, ImageRecord> {
  return new Map(images.map(({ id, sizeBytes, pinned }) => {
    const before = records.get(id);
    return [id, { id, sizeBytes, pinned, firstSeenMs: before?.firstSeenMs ?? nowMs, lastUsedMs: inUse.has(id) ? nowMs : before?.lastUsedMs ?? 0 }];
  }));
}

/** Images that may go, the longest unused first. */
export function unusedImages(records: ReadonlyMap<string, ImageRecord>, inUse: ReadonlySet<string>): readonly ImageRecord[] {
  return [...records.values()].filter(({ id, pinned }) => !pinned && !inUse.has(id)).sort((a, b) => a.lastUsedMs - b.lastUsedMs || a.firstSeenMs - b.firstSeenMs);
}

/** Those that nobody has used for too long; none until the node agent has run that long itself. */
export function tooOld(candidates: readonly ImageRecord[], { policy, nowMs, startedMs }: { policy: ImagePolicy; nowMs: number; startedMs: number }): readonly ImageRecord[] {
  if (policy.maxAgeMs === 0 || nowMs - startedMs <= policy.maxAgeMs) return [];
  return candidates.filter(({ lastUsedMs }) => nowMs - lastUsedMs > policy.maxAgeMs);
}

/** Those old enough that no container is about to be made from them, until enough would be free. */
export function selectToFree(candidates: readonly ImageRecord[], { bytes, policy, nowMs }: { bytes: number; policy: ImagePolicy; nowMs: number }): readonly ImageRecord[] {
  const selected: ImageRecord[] = [];
  let freed = 0;
  for (const image of candidates) {
    if (freed >= bytes) break;
    if (image.lastUsedMs >= nowMs || nowMs - image.firstSeenMs < policy.minAgeMs) continue;
    selected.push(image);
    freed += image.sizeBytes;
  }
  return selected;
}

export interface Disk { capacity: number; available: number }

/** How full a disk is in whole percent, and how much must be freed to be at the low mark; 0 below the high mark. */
export function excessOf({ capacity, available }: Disk, { highPercent, lowPercent }: ImagePolicy): { usagePercent: number; bytesToFree: number } {
  const usagePercent = 100 - Math.floor((Math.min(available, capacity) * 100) / capacity);
  if (usagePercent < highPercent) return { usagePercent, bytesToFree: 0 };
  return { usagePercent, bytesToFree: Math.floor((capacity * (100 - lowPercent)) / 100) - Math.min(available, capacity) };
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 GiB`. */
export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) { value /= 1024; unit++; }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

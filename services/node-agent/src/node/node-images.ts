import type { coreV1 } from '@kubernode/api';
import type { ImageInfo } from '../cri/cri-runtime.ts';

const NAMES_MAX = 5;

/** The biggest images of the node, for schedulers; -1 shows all. */
export function shownImages(images: readonly ImageInfo[], max: number): coreV1.ContainerImage[] {
  const shown = [...images].sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1)).map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags].slice(0, NAMES_MAX), sizeBytes }));
  return max < 0 ? shown : shown.slice(0, max);
}

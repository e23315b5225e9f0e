import type { coreV1 } from '@kubernode/api';
import { SCORE_MAX, type Plugin } from '../framework/plugin.ts';

const MEBIBYTE = 1024 * 1024;
const SIZE_MIN = 23 * MEBIBYTE;
const SIZE_PER_CONTAINER_MAX = 1000 * MEBIBYTE;

/** Prefers nodes that have the pod's images; images on few nodes count less, so that a new image does not draw all pods to one node. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  events: [],
  prepareScore({ subject: { pod }, table }) {
    const total = table.nodes.length;
    const images = imagesOf(pod).map((name) => ({ name, size: table.images.scaledSize(name, total) })).filter(({ size }) => size > 0);
    if (images.length === 0) return undefined; // below the minimum everywhere
    const containers = (pod.spec?.containers?.length ?? 0) + (pod.spec?.initContainers?.length ?? 0);
    return {
      score(view) {
        let sum = 0;
        for (const { name, size } of images) if (view.images.has(name)) sum += size;
        return scaled(sum, containers);
      },
    };
  },
};

function scaled(size: number, containers: number): number {
  const most = SIZE_PER_CONTAINER_MAX * containers;
  const within = Math.min(Math.max(size, SIZE_MIN), most);
  return Math.trunc((SCORE_MAX * (within - SIZE_MIN)) / (most - SIZE_MIN));
}

function imagesOf({ spec }: Readonly<coreV1.Pod>): string[] {
  const volumes = (spec?.volumes ?? []).flatMap(({ image }) => (image?.reference === undefined ? [] : [image.reference]));
  return [...[...spec?.initContainers ?? [], ...spec?.containers ?? []].map(({ image = '' }) => image), ...volumes].map(tagged);
}

/** An image without a tag means the latest. */
function tagged(name: string): string { return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name; }

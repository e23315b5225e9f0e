import { Counter, Histogram, type Registry } from 'prom-client';

const MIB = 1024 * 1024;
/** The kubelet's names of sizes, by what an image is smaller than. */
const SIZES: readonly (readonly [belowBytes: number, name: string])[] = [
  [10 * MIB, '0-10MB'], [100 * MIB, '10MB-100MB'], [500 * MIB, '100MB-500MB'], [1024 * MIB, '500MB-1GB'], [5 * 1024 * MIB, '1GB-5GB'], [10 * 1024 * MIB, '5GB-10GB'],
  [20 * 1024 * MIB, '10GB-20GB'], [30 * 1024 * MIB, '20GB-30GB'], [40 * 1024 * MIB, '30GB-40GB'], [60 * 1024 * MIB, '40GB-60GB'], [100 * 1024 * MIB, '60GB-100GB'],
];
const PULL_BUCKETS_SECONDS = [1, 5, 10, 20, 30, 60, 180, 360, 480, 600, 900, 1200, 1800, 2700, 3600];

export interface ImageMetrics {
  pulled(sizeBytes: number, seconds: number): void;
  collected(reason: 'space' | 'age'): void;
}

/** What the kubelet counts of images, under its names. */
export function createImageMetrics(registry: Registry): ImageMetrics {
  const registers = [registry];
  const pulls = new Histogram({ name: 'kubelet_image_pull_duration_seconds', help: 'How long image pulls took, by the size of the image.', labelNames: ['image_size_in_bytes'], buckets: PULL_BUCKETS_SECONDS, registers });
  const collected = new Counter({ name: 'kubelet_image_garbage_collected_total', help: 'Images that were removed, by why.', labelNames: ['reason'], registers });
  return {
    pulled: (sizeBytes, seconds) => { pulls.observe({ image_size_in_bytes: SIZES.find(([below]) => sizeBytes < below)?.[1] ?? 'GT100GB' }, seconds); },
    collected: (reason) => { collected.inc({ reason }); },
  };
}

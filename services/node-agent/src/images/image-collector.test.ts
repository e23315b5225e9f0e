import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import type { ContainerDetail, ContainerSummary, ImageInfo } from '../cri/cri-runtime.ts';
import { ImageCollector, type ImageCollectorDeps } from './image-collector.ts';

const GIB = 2 ** 30;
let clock: FakeClock;
let images: ImageInfo[];
let warnings: string[];
let available: number;
beforeEach(() => { clock = createFakeClock(); images = []; warnings = []; available = 0; });

const image = (id: string, extra: Partial<ImageInfo> = {}): ImageInfo => ({ id, tags: [`r.io/${id}:1`], digests: [], sizeBytes: GIB, uid: undefined, username: '', pinned: false, ...extra });
function collector({ containers = {}, ...extra }: Partial<ImageCollectorDeps> & { containers?: Record<string, string> } = {}): ImageCollector {
  return new ImageCollector({
    clock, logger: silentLogger, policy: { highPercent: 85, lowPercent: 80, minAgeMs: 0, maxAgeMs: 0 }, disk: () => Promise.resolve({ capacity: 100 * GIB, available }), volumeImages: () => [], metrics: { collected: () => undefined },
    warn: (reason, message) => { warnings.push(`${reason}: ${message}`); },
    runtime: {
      images: () => Promise.resolve([...images]), sandboxImage: () => Promise.resolve(undefined),
      listContainers: () => Promise.resolve(Object.keys(containers).map((id) => ({ id }) as ContainerSummary)), // all that is used of it
      containerStatus: (id) => Promise.resolve({ imageRef: containers[id], image: '' } as ContainerDetail), // as above
      removeImage: (id) => { images = images.filter((one) => one.id !== id); available += GIB; return Promise.resolve(); },
    },
    ...extra,
  });
}
const left = (): string[] => images.map(({ id }) => id);

/** Twice, so that nothing is as young as the look at it. */
async function collect(one: ImageCollector): Promise<void> {
  await one.collect().catch(() => undefined); // looks at them for the first time
  await clock.advance(1000);
  await one.collect();
}

test('ImageCollector: a disk that is full enough loses unused images until the low mark', async () => {
  images = Array.from({ length: 8 }, (_, i) => image(`i${i}`));
  available = 30 * GIB;
  const one = collector({ containers: { c: 'i0' } });
  await one.collect();
  available = 15 * GIB;
  await clock.advance(1000);
  await one.collect();
  expect([left(), available / GIB]).toEqual([['i0', 'i6', 'i7'], 20]);
});

test('ImageCollector: images of containers, volumes, sandboxes and pinned ones stay, and the shortage is told', async () => {
  images = [image('used'), image('volume'), image('sandbox'), image('pinned', { pinned: true }), image('free')];
  await expect(collect(collector({ containers: { c: 'r.io/used:1' }, volumeImages: () => ['r.io/volume:1', 'r.io/sandbox:1'] }))).rejects.toThrow('Insufficient free disk space');
  expect(left()).toEqual(['used', 'volume', 'sandbox', 'pinned']);
  expect(warnings.at(-1)).toMatch(/^FreeDiskSpaceFailed: Insufficient free disk space on the node's image filesystem \(\d+% of 100\.0 GiB used\)\. Failed to free sufficient space by deleting unused images \(freed \d+ bytes\)\. Investigate disk usage/);
});

test('ImageCollector: only repeated failures are told', async () => {
  const one = collector({ disk: () => Promise.reject(new Error('no disk')) });
  const stop = new AbortController();
  const done = one.run(stop.signal).catch(() => undefined); // ends by the abort
  await clock.advance(1000);
  expect(warnings).toEqual([]);
  await clock.advance(300_000);
  expect(warnings).toEqual(['ImageGCFailed: no disk']);
  stop.abort();
  await done;
});

test('ImageCollector: a disk without capacity is told', async () => {
  await expect(collector({ disk: () => Promise.resolve({ capacity: 0, available: 0 }) }).collect()).rejects.toThrow('invalid capacity 0 on image filesystem');
  expect(warnings).toEqual(['InvalidDiskCapacity: invalid capacity 0 on image filesystem']);
});

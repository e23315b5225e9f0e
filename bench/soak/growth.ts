import { figureOf, type HeapSample, type ProcessSample, type Sample } from './sample.ts';

/** How a quantity went after the warm-up: where a line through it begins and ends. */
export interface Growth { readonly what: string; readonly unit: string; readonly from: number; readonly to: number; readonly perHour: number; readonly isFlat: boolean }

/** Share of a soak that counts as warm-up: caches fill, code is compiled. */
const WARM_UP = 0.3;
/** A line may rise by this share of its beginning, or by so much of its unit where that is more: chance moves every quantity. */
const RISE_MAX = 0.1;
const SLACK: Readonly<Record<string, number>> = { MB: 10, files: 10, watches: 20 };
/** etcd's data in use grows until a compaction, every five minutes; in each stretch of this length, s, is at least one. */
const COMPACTED_WITHIN_SECONDS = 360;
/** Garbage grows until a collection; under load there is one in each stretch of this length, s. */
const COLLECTED_WITHIN_SECONDS = 120;

/** The verdict of a soak: memory and files of every process, what of API servers' memory lives, etcd's data, objects and watches. Pure. */
export function growthOf(samples: readonly Sample[]): readonly Growth[] {
  const last = samples.at(-1)?.second ?? 0;
  const steady = samples.filter(({ second }) => second >= last * WARM_UP);
  const names = new Set(steady.flatMap(({ processes }) => processes.map(({ name }) => name)));
  const points = (of: (sample: Sample) => number | undefined): readonly Point[] => steady.flatMap((sample) => { const y = of(sample); return y === undefined ? [] : [[sample.second, y] as const]; });
  const heapNames = new Set(steady.flatMap(({ heaps }) => heaps.map(({ name }) => name)));
  const ofProcess = (name: string, of: (one: ProcessSample) => number): readonly Point[] => points(({ processes }) => figureOf(processes, name, of));
  const quantities: readonly Quantity[] = [
    ...[...names].map((name): Quantity => [`resident memory of ${name}`, 'MB', ofProcess(name, ({ residentBytes }) => residentBytes / 1e6)]),
    ...[...names].map((name): Quantity => [`open files of ${name}`, 'files', ofProcess(name, ({ files }) => files)]),
    ...[...heapNames].map((name): Quantity => [`living memory of ${name}`, 'MB', leastOfEach(COLLECTED_WITHIN_SECONDS, points(({ heaps }) => figureOf(heaps, name, livingMb)))]),
    ["etcd's file", 'MB', points(({ etcdBytes }) => megabytes(etcdBytes))],
    ["etcd's data in use after compactions", 'MB', leastOfEach(COMPACTED_WITHIN_SECONDS, points(({ etcdBytesInUse }) => megabytes(etcdBytesInUse)))],
    ['objects', 'objects', points(({ objects }) => objects)],
    ['watches', 'watches', points(({ watches }) => watches)],
  ];
  return quantities.filter(([, , { length }]) => length > 1).map(judge);
}

/** Processes that were not the same from one sample to the next, once each time. Pure. */
export function restartsOf(samples: readonly Sample[]): readonly string[] {
  const pids = new Map<string, number>();
  return samples.flatMap(({ processes }) => processes.flatMap(({ name, pid }) => {
    const before = pids.get(name);
    pids.set(name, pid);
    return before === undefined || before === pid ? [] : [name];
  }));
}

type Point = readonly [second: number, value: number];
type Quantity = readonly [what: string, unit: string, points: readonly Point[]];

/** The least of each stretch that is whole. */
function leastOfEach(seconds: number, points: readonly Point[]): readonly Point[] {
  const [first = 0, last = 0] = [points[0]?.[0], points.at(-1)?.[0]];
  return Array.from({ length: Math.floor((last - first) / seconds) }, (_, i) => {
    const stretch = points.filter(([x]) => x >= first + i * seconds && x < first + (i + 1) * seconds);
    return stretch.reduce<Point | undefined>((least, point) => (least === undefined || point[1] < least[1] ? point : least), undefined);
  }).filter((point) => point !== undefined);
}

/** Of objects and of bytes outside the heap, without the room that V8 and malloc keep. */
const livingMb = ({ usedBytes, externalBytes }: HeapSample): number => (usedBytes + externalBytes) / 1e6;
const megabytes = (bytes: number | undefined): number | undefined => bytes === undefined ? undefined : bytes / 1e6;

function judge([what, unit, points]: Quantity): Growth {
  const { slope, intercept } = fit(points);
  const [first = 0, last = 0] = [points[0]?.[0], points.at(-1)?.[0]];
  const [from, to] = [intercept + slope * first, intercept + slope * last];
  return { what, unit, from, to, perHour: slope * 3600, isFlat: to - from <= Math.max(from * RISE_MAX, SLACK[unit] ?? 0) };
}

/** The line of least squares. */
export function fit(points: readonly Point[]): { slope: number; intercept: number } {
  const n = points.length;
  const [meanX, meanY] = [0, 1].map((axis) => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / Math.max(1, n)) as [number, number]; // two axes
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}

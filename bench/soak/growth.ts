import type { Sample } from './sample.ts';

/** How a quantity went after the warm-up: where a line through it begins and ends. */
export interface Growth { readonly what: string; readonly unit: string; readonly from: number; readonly to: number; readonly perHour: number; readonly isFlat: boolean }

/** Share of a soak that counts as warm-up: caches fill, code is compiled. */
const WARM_UP = 0.3;
/** A line may rise by this share of its beginning, or by so much of its unit where that is more: chance moves every quantity. */
const RISE_MAX = 0.1;
const SLACK: Readonly<Record<string, number>> = { MB: 10, files: 10, watches: 20 };

/** The verdict of a soak: memory and files of every process, etcd's data in use, and watches. Pure. */
export function growthOf(samples: readonly Sample[]): readonly Growth[] {
  const last = samples.at(-1)?.second ?? 0;
  const steady = samples.filter(({ second }) => second >= last * WARM_UP);
  const names = steady[0]?.processes.map(({ name }) => name) ?? [];
  const line = (what: string, unit: string, of: (sample: Sample) => number | undefined): Growth => judge(what, unit, steady.flatMap((sample) => { const y = of(sample); return y === undefined ? [] : [[sample.second, y] as const]; }));
  return [
    ...names.map((name) => line(`resident memory of ${name}`, 'MB', ({ processes }) => { const one = processes.find((process) => process.name === name); return one === undefined ? undefined : one.residentBytes / 1e6; })),
    ...names.map((name) => line(`open files of ${name}`, 'files', ({ processes }) => processes.find((process) => process.name === name)?.files)),
    line("etcd's data in use", 'MB', ({ etcdBytesInUse }) => etcdBytesInUse / 1e6), line('watches', 'watches', ({ watches }) => watches),
  ];
}

function judge(what: string, unit: string, points: readonly (readonly [number, number])[]): Growth {
  const { slope, intercept } = fit(points);
  const [first = 0, last = 0] = [points[0]?.[0], points.at(-1)?.[0]];
  const [from, to] = [intercept + slope * first, intercept + slope * last];
  return { what, unit, from, to, perHour: slope * 3600, isFlat: to - from <= Math.max(from * RISE_MAX, SLACK[unit] ?? 0) };
}

/** The line of least squares. */
export function fit(points: readonly (readonly [number, number])[]): { slope: number; intercept: number } {
  const n = points.length;
  const [meanX, meanY] = [0, 1].map((axis) => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / Math.max(1, n)) as [number, number]; // two axes
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}

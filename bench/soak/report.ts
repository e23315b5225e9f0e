import type { Growth } from './growth.ts';
import { figureOf, type HeapSample, type Sample } from './sample.ts';
import type { Panel, Series } from './svg-plot.ts';

/** A line of more points than pixels says no more. */
const POINTS_MAX = 600;

/** What is drawn of a soak. Pure. */
export function panelsOf(samples: readonly Sample[]): readonly Panel[] {
  const names = samples[0]?.processes.map(({ name }) => name) ?? [];
  const every = Math.ceil(samples.length / POINTS_MAX);
  const drawn = samples.filter((_, i) => i % every === 0);
  const series = (name: string, of: (sample: Sample) => number | undefined): Series => ({ name, points: drawn.flatMap((sample) => { const y = of(sample); return y === undefined ? [] : [[sample.second / 60, y] as const]; }) });
  const each = (of: (one: Sample['processes'][number]) => number): readonly Series[] => names.map((name) => series(name, ({ processes }) => figureOf(processes, name, of)));
  const heapNames = samples[0]?.heaps.map(({ name }) => name) ?? [];
  const eachHeap = (of: (one: HeapSample) => number): readonly Series[] => heapNames.map((name) => series(name, ({ heaps }) => figureOf(heaps, name, of)));
  return [
    { title: 'Resident memory', unit: 'MB', series: each(({ residentBytes }) => residentBytes / 1e6) },
    { title: "API servers' objects", unit: 'MB', series: eachHeap(({ usedBytes }) => usedBytes / 1e6) },
    { title: "API servers' bytes outside the heap", unit: 'MB', series: eachHeap(({ externalBytes }) => externalBytes / 1e6) },
    { title: 'Open files', unit: 'number', series: each(({ files }) => files) },
    { title: "etcd's data", unit: 'MB', series: [series('on disk', ({ etcdBytes }) => megabytes(etcdBytes)), series('in use', ({ etcdBytesInUse }) => megabytes(etcdBytesInUse))] },
    { title: 'Objects and watches', unit: 'number', series: [series('objects', ({ objects }) => objects), series('watches', ({ watches }) => watches)] },
    { title: 'Calls of users', unit: 'ms', series: [series('p50', ({ p50Ms }) => p50Ms), series('p99', ({ p99Ms }) => p99Ms)] },
  ];
}

/** How often a lease had a new holder. */
export interface LeaderChanges { readonly lease: string; readonly count: number }

interface SoakReport { samples: readonly Sample[]; leaderChanges: readonly LeaderChanges[]; living: readonly HeapSample[]; growth: readonly Growth[]; restarts: readonly string[]; seed: number; nodes: number; day: string; cpus: number; loads: readonly number[] }

/** docs/SOAK.md. Pure. */
export function renderSoakReport({ samples, leaderChanges, living, growth, restarts, seed, nodes, day, cpus, loads }: SoakReport): string {
  const seconds = samples.at(-1)?.second ?? 0;
  const minutes = Math.round(seconds / 60);
  return `${[
    '# Soak',
    `Objects of all kinds made, changed, scaled, rolled out, deleted, listed and watched for ${minutes} minutes on ${nodes} simulated nodes, without growing in number. Written by \`make soak MINUTES=${minutes} NODES=${nodes} SEED=${seed}\`; every sample is in [soak.csv](soak.csv).`,
    `Measured ${day} on ${cpus} CPUs that ${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)} processes wanted at any time. ${describeCalls(samples, seconds)} Leaders changed: ${leaderChanges.map(({ lease, count }) => `${lease} ${count} times`).join(', ')}. Events are deleted every minute: they live an hour, longer than a soak may take.`,
    describeVerdict(growth, restarts),
    '![memory, files, etcd, objects, watches and latency over time](soak.svg)',
    ['| after the warm-up | begins at | ends at | an hour | |', '|---|---|---|---|---|', ...growth.map(({ what, unit, from, to, perHour, isFlat }) => `| ${what} | ${from.toFixed(1)} ${unit} | ${to.toFixed(1)} ${unit} | ${perHour >= 0 ? '+' : ''}${perHour.toFixed(1)} | ${isFlat ? '' : 'rises'} |`)].join('\n'),
    'Begin and end are those of the line of least squares through all samples but those of the first three tenths, in which caches fill and code is compiled. etcd compacts every five minutes; of its data in use the line is through the least of each six minutes. Living memory is that of objects and of bytes outside the heap, the least of each two minutes: what garbage waits for collection, and what room V8 and malloc keep, is not in it.',
    ...(living.length === 0 ? [] : [`At the end garbage was collected at once: then ${living.map(({ name, usedBytes, externalBytes }) => `${name} had ${(usedBytes / 1e6).toFixed(0)} MB of objects and ${(externalBytes / 1e6).toFixed(0)} MB outside the heap`).join(', ')}.`]),
  ].join('\n\n')}\n`;
}

/** In one line. Pure. */
export function describeVerdict(growth: readonly Growth[], restarts: readonly string[]): string {
  const faults = [...growth.filter(({ isFlat }) => !isFlat).map(({ what, unit, from, to }) => `${what} rose from ${from.toFixed(1)} to ${to.toFixed(1)} ${unit}`), ...restarts.map((name) => `${name} was started again`)];
  return faults.length === 0 ? '**Flat**: after the warm-up nothing rose by more than a tenth (or 10 MB, 10 files, 20 watches, where that is more), and no process was started again.' : `**Not flat**: ${faults.join('; ')}.`;
}

function describeCalls(samples: readonly Sample[], seconds: number): string {
  const calls = samples.reduce((sum, sample) => sum + sample.calls, 0);
  const reasons = new Map<string, number>();
  for (const reason of samples.flatMap(({ failures }) => failures)) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const failed = reasons.size === 0 ? 'none failed' : `failed: ${[...reasons].map(([reason, count]) => `${count} × ${reason}`).join(', ')}`;
  return `Users made ${calls} calls, ${(calls / Math.max(1, seconds)).toFixed(0)} a second, half of which took ${median(samples.map(({ p50Ms }) => p50Ms)).toFixed(1)} ms or less and 99 % ${median(samples.map(({ p99Ms }) => p99Ms)).toFixed(1)} ms (medians of all samples); ${failed}.`;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const megabytes = (bytes: number | undefined): number | undefined => bytes === undefined ? undefined : bytes / 1e6;

import type { Growth } from './growth.ts';
import type { Sample } from './sample.ts';
import type { Panel, Series } from './svg-plot.ts';

/** What is drawn of a soak. Pure. */
export function panelsOf(samples: readonly Sample[]): readonly Panel[] {
  const names = samples[0]?.processes.map(({ name }) => name) ?? [];
  const series = (name: string, of: (sample: Sample) => number | undefined): Series => ({ name, points: samples.flatMap((sample) => { const y = of(sample); return y === undefined ? [] : [[sample.second / 60, y] as const]; }) });
  const each = (of: (one: Sample['processes'][number]) => number): readonly Series[] => names.map((name) => series(name, ({ processes }) => { const one = processes.find((process) => process.name === name); return one === undefined ? undefined : of(one); }));
  return [
    { title: 'Resident memory', unit: 'MB', series: each(({ residentBytes }) => residentBytes / 1e6) },
    { title: 'Open files', unit: 'number', series: each(({ files }) => files) },
    { title: "etcd's data", unit: 'MB', series: [series('on disk', ({ etcdBytes }) => etcdBytes / 1e6), series('in use', ({ etcdBytesInUse }) => etcdBytesInUse / 1e6)] },
    { title: 'Watches', unit: 'number', series: [series('open', ({ watches }) => watches)] },
    { title: 'Calls of users', unit: 'ms', series: [series('p50', ({ p50Ms }) => p50Ms), series('p99', ({ p99Ms }) => p99Ms)] },
  ];
}

/** docs/SOAK.md. Pure. */
export function renderSoakReport({ samples, growth, seed, nodes, day, cpus, loads }: { samples: readonly Sample[]; growth: readonly Growth[]; seed: number; nodes: number; day: string; cpus: number; loads: readonly number[] }): string {
  const [calls, errors] = [samples.reduce((sum, sample) => sum + sample.calls, 0), samples.reduce((sum, sample) => sum + sample.errors, 0)];
  const steep = growth.filter(({ isFlat }) => !isFlat);
  const minutes = Math.round((samples.at(-1)?.second ?? 0) / 60);
  return `${[
    '# Soak',
    `Objects of all kinds made, changed, scaled, deleted, listed and watched for ${minutes} minutes on ${nodes} simulated nodes, without growing in number. Written by \`make soak MINUTES=${minutes} NODES=${nodes} SEED=${seed}\`; every sample is in [soak.csv](soak.csv).`,
    `Measured ${day} on ${cpus} CPUs that ${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)} processes wanted at any time: ${calls} calls, ${errors} errors.`,
    steep.length === 0 ? '**Flat**: after the warm-up nothing rose by more than a tenth.' : `**Not flat**: ${steep.map(({ what }) => what).join(', ')}.`,
    '![memory, files, etcd, watches and latency over time](soak.svg)',
    ['| after the warm-up | begins at | ends at | an hour | |', '|---|---|---|---|---|', ...growth.map(({ what, unit, from, to, perHour, isFlat }) => `| ${what} | ${from.toFixed(1)} ${unit} | ${to.toFixed(1)} ${unit} | ${perHour >= 0 ? '+' : ''}${perHour.toFixed(1)} | ${isFlat ? '' : 'rises'} |`)].join('\n'),
    'Begin and end are those of the line of least squares through all samples but those of the first third, in which caches fill and code is compiled.',
  ].join('\n\n')}\n`;
}

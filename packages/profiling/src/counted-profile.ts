import type { Profile } from './encode-profile.ts';

/** So many of each name, as a profile of stacks of one frame. Pure. */
export function countedProfile(type: string, names: readonly string[], startedAtMs: number): Profile {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const count = { type, unit: 'count' };
  return {
    sampleTypes: [count], periodType: count, period: 1, startedAtMs, durationMs: 0,
    samples: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ stack: [{ name, file: '', line: 0 }], values: [value] })),
  };
}

/** No sample: what is asked for does not happen in a process of one thread. */
export function emptyProfile(type: string, startedAtMs: number): Profile {
  return { sampleTypes: [{ type, unit: 'count' }, { type: 'delay', unit: 'nanoseconds' }], periodType: { type, unit: 'count' }, period: 1, startedAtMs, durationMs: 0, samples: [] };
}

/** A profile for people to read, as `?debug=1` asks for it. Pure. */
export function profileText(name: string, { samples }: Profile): string {
  const last = ({ values }: Profile['samples'][number]): number => values.at(-1) ?? 0;
  const lines = samples.toSorted((a, b) => last(b) - last(a)).map((sample) => `${last(sample)} @\n${sample.stack.map(({ name: called, file, line }) => `#\t${called}${file === '' ? '' : `\t${file}:${line}`}\n`).join('')}\n`);
  return `${name} profile: total ${samples.reduce((sum, sample) => sum + last(sample), 0)}\n${lines.join('')}`;
}

import type { CgroupFiles } from './cgroup-files.ts';
import { readCpuNs } from './cgroup-usage.ts';

interface Sample { cpuNs: number; atMs: number }

/** Time between two looks, below which what was used in between says little. */
const WINDOW_MIN_MS = 1000;

/** How many billionths of a processor control groups use, from one look to the next. */
export class CpuRates {
  readonly #files: CgroupFiles;
  #samples = new Map<string, Sample>();
  #nanoCores = new Map<string, number>();

  constructor(files: CgroupFiles) { this.#files = files; }

  /** Looks at these groups, and forgets others. `nowMs` is monotonic. */
  sample(groups: Iterable<string>, nowMs: number): void {
    const samples = new Map<string, Sample>();
    const nanoCores = new Map<string, number>();
    for (const group of groups) {
      const before = this.#samples.get(group);
      const rate = this.#nanoCores.get(group);
      if (rate !== undefined) nanoCores.set(group, rate);
      if (before !== undefined && nowMs - before.atMs < WINDOW_MIN_MS) { samples.set(group, before); continue; }
      const cpuNs = readCpuNs(this.#files, group);
      if (cpuNs === undefined) continue;
      samples.set(group, { cpuNs, atMs: nowMs });
      if (before !== undefined && cpuNs >= before.cpuNs) nanoCores.set(group, Math.round((cpuNs - before.cpuNs) * 1000 / (nowMs - before.atMs)));
    }
    this.#samples = samples;
    this.#nanoCores = nanoCores;
  }

  /** Undefined before the second look. */
  nanoCores(group: string): number | undefined { return this.#nanoCores.get(group); }
}

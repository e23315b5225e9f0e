import { type CgroupFiles, parseFlat, parseLimit, readText } from './cgroup-files.ts';

export interface CpuUsage { usageNs: number; userNs: number; systemNs: number; periods: number; throttledPeriods: number; throttledNs: number }

export interface MemoryUsage {
  usageBytes: number;
  /** Without what the kernel would drop first: pages of files that nobody has used lately. */
  workingSetBytes: number;
  rssBytes: number;
  cacheBytes: number;
  mappedFileBytes: number;
  swapBytes: number;
  pageFaults: number;
  majorPageFaults: number;
  /** Undefined: as much as there is. */
  limitBytes: number | undefined;
  swapLimitBytes: number | undefined;
}

/** What a control group had used when it was read; a part is missing where the kernel does not count it. */
export interface CgroupUsage { atMs: number; cpu: CpuUsage | undefined; memory: MemoryUsage | undefined }

const NS_PER_US = 1000;
const NS_PER_TICK = 10_000_000;

/** Undefined when there is no such group. */
export function readCgroupUsage(files: CgroupFiles, group: string, nowMs: number): CgroupUsage | undefined {
  const cpu = files.version === 1 ? cpuOfV1(files, group) : cpuOfV2(files, group);
  const memory = files.version === 1 ? memoryOfV1(files, group) : memoryOfV2(files, group);
  return cpu === undefined && memory === undefined ? undefined : { atMs: nowMs, cpu, memory };
}

/** The time of all processors that a group has used; what is sampled most often. */
export function readCpuNs(files: CgroupFiles, group: string): number | undefined {
  if (files.version === 1) return numberOf(files.read('cpuacct', group, 'cpuacct.usage'));
  const usageUs = parseFlat(files.read('cpu', group, 'cpu.stat') ?? '').get('usage_usec');
  return usageUs === undefined ? undefined : usageUs * NS_PER_US;
}

function cpuOfV1(files: CgroupFiles, group: string): CpuUsage | undefined {
  const usageNs = readCpuNs(files, group);
  if (usageNs === undefined) return undefined;
  const split = parseFlat(files.read('cpuacct', group, 'cpuacct.stat') ?? '');
  const throttling = parseFlat(files.read('cpu', group, 'cpu.stat') ?? '');
  return {
    usageNs, userNs: (split.get('user') ?? 0) * NS_PER_TICK, systemNs: (split.get('system') ?? 0) * NS_PER_TICK,
    periods: throttling.get('nr_periods') ?? 0, throttledPeriods: throttling.get('nr_throttled') ?? 0, throttledNs: throttling.get('throttled_time') ?? 0,
  };
}

function cpuOfV2(files: CgroupFiles, group: string): CpuUsage | undefined {
  const stat = parseFlat(files.read('cpu', group, 'cpu.stat') ?? '');
  const ns = (name: string): number => (stat.get(name) ?? 0) * NS_PER_US;
  if (!stat.has('usage_usec')) return undefined;
  return { usageNs: ns('usage_usec'), userNs: ns('user_usec'), systemNs: ns('system_usec'), periods: stat.get('nr_periods') ?? 0, throttledPeriods: stat.get('nr_throttled') ?? 0, throttledNs: ns('throttled_usec') };
}

function memoryOfV1(files: CgroupFiles, group: string): MemoryUsage | undefined {
  const usageBytes = numberOf(files.read('memory', group, 'memory.usage_in_bytes'));
  if (usageBytes === undefined) return undefined;
  const stat = parseFlat(files.read('memory', group, 'memory.stat') ?? '');
  const total = (name: string): number => stat.get(`total_${name}`) ?? stat.get(name) ?? 0; // with the groups below
  return {
    usageBytes, workingSetBytes: Math.max(0, usageBytes - total('inactive_file')), rssBytes: total('rss'), cacheBytes: total('cache'), mappedFileBytes: total('mapped_file'), swapBytes: total('swap'),
    pageFaults: total('pgfault'), majorPageFaults: total('pgmajfault'),
    limitBytes: parseLimit(files.read('memory', group, 'memory.limit_in_bytes')), swapLimitBytes: parseLimit(files.read('memory', group, 'memory.memsw.limit_in_bytes')),
  };
}

function memoryOfV2(files: CgroupFiles, group: string): MemoryUsage | undefined {
  const statText = files.read('memory', group, 'memory.stat');
  if (statText === undefined) return undefined;
  const stat = parseFlat(statText);
  const usageBytes = numberOf(files.read('memory', group, 'memory.current')) ?? hostUsageBytes(); // the root has no counter of its own
  return {
    usageBytes, workingSetBytes: Math.max(0, usageBytes - (stat.get('inactive_file') ?? 0)), rssBytes: stat.get('anon') ?? 0, cacheBytes: stat.get('file') ?? 0, mappedFileBytes: stat.get('file_mapped') ?? 0,
    swapBytes: numberOf(files.read('memory', group, 'memory.swap.current')) ?? 0, pageFaults: stat.get('pgfault') ?? 0, majorPageFaults: stat.get('pgmajfault') ?? 0,
    limitBytes: parseLimit(files.read('memory', group, 'memory.max')), swapLimitBytes: parseLimit(files.read('memory', group, 'memory.swap.max')),
  };
}

function hostUsageBytes(): number {
  const text = readText('/proc/meminfo') ?? '';
  const kib = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return (kib('MemTotal') - kib('MemFree')) * 1024;
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCgroupDetails } from './cgroup-details.ts';
import { CgroupFiles, parseLimit } from './cgroup-files.ts';
import { readCgroupUsage } from './cgroup-usage.ts';
import { CpuRates } from './cpu-rates.ts';

let mount: string;
beforeEach(() => { mount = mkdtempSync(path.join(tmpdir(), 'cgroups-')); });
afterEach(() => { rmSync(mount, { recursive: true }); });

/** Writes files of a fixture, by path below the mount. */
function write(files: Readonly<Record<string, string>>): CgroupFiles {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(mount, file)), { recursive: true });
    writeFileSync(path.join(mount, file), text);
  }
  return new CgroupFiles(mount);
}

const V1 = {
  'cpuacct/p/cpuacct.usage': '5000000000\n', 'cpuacct/p/cpuacct.stat': 'user 300\nsystem 200\n', 'cpu/p/cpu.stat': 'nr_periods 10\nnr_throttled 4\nthrottled_time 7000\n',
  'cpu/p/cpu.shares': '102\n', 'cpu/p/cpu.cfs_period_us': '100000\n', 'cpu/p/cpu.cfs_quota_us': '-1\n',
  'memory/p/memory.usage_in_bytes': '1000000\n', 'memory/p/memory.limit_in_bytes': '9223372036854771712\n', 'memory/p/memory.memsw.limit_in_bytes': '2000000\n', 'memory/p/memory.max_usage_in_bytes': '1100000\n',
  'memory/p/memory.stat': 'cache 1\nrss 2\ninactive_file 3\npgfault 4\ntotal_cache 400000\ntotal_rss 500000\ntotal_mapped_file 6\ntotal_swap 7\ntotal_pgfault 80\ntotal_pgmajfault 9\ntotal_inactive_file 300000\n',
  'memory/p/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n', 'memory/p/memory.failcnt': '3\n', 'memory/p/cgroup.procs': '11\n12\n',
  'pids/p/pids.current': '5\n', 'pids/p/pids.max': 'max\n',
  'blkio/p/blkio.throttle.io_service_bytes': '8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\nTotal 12288\n', 'blkio/p/blkio.throttle.io_serviced': '8:0 Read 1\n8:0 Write 2\n',
};
const V2 = {
  'cgroup.controllers': 'cpu memory\n',
  'p/cpu.stat': 'usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 7\n', 'p/cpu.weight': '4\n', 'p/cpu.max': '50000 100000\n',
  'p/memory.current': '1000000\n', 'p/memory.max': '2000000\n', 'p/memory.swap.max': 'max\n', 'p/memory.swap.current': '7\n',
  'p/memory.stat': 'anon 500000\nfile 400000\nfile_mapped 6\ninactive_file 300000\npgfault 80\npgmajfault 9\nkernel 10\n', 'p/memory.events': 'low 0\nmax 3\noom_kill 2\n', 'p/cgroup.procs': '11\n12\n',
  'p/pids.current': '5\n', 'p/pids.max': '100\n', 'p/io.stat': '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n',
};
const cpu = { usageNs: 5e9, userNs: 3e9, systemNs: 2e9, periods: 10, throttledPeriods: 4, throttledNs: 7000 };
const memory = { usageBytes: 1_000_000, workingSetBytes: 700_000, rssBytes: 500_000, cacheBytes: 400_000, mappedFileBytes: 6, swapBytes: 7, pageFaults: 80, majorPageFaults: 9 };
const io = [{ device: expect.any(String), readBytes: 4096, writeBytes: 8192, reads: 1, writes: 2 }];

test.each([
  ['1', V1, { ...memory, limitBytes: undefined, swapLimitBytes: 2_000_000 }], ['2', V2, { ...memory, limitBytes: 2_000_000, swapLimitBytes: undefined }],
])('readCgroupUsage: version %s', (_version, files, want) => { expect(readCgroupUsage(write(files), 'p', 77)).toEqual({ atMs: 77, cpu, memory: want }); });

test.each([
  ['1', V1, { processes: 2, threads: 5, threadsMax: undefined, oomKills: 2, io, cpuShares: 102, cpuPeriodUs: 100_000, cpuQuotaUs: -1, memoryMaxUsageBytes: 1_100_000, memoryFailures: 3 }],
  ['2', V2, { processes: 2, threads: 5, threadsMax: 100, oomKills: 2, io, cpuShares: 81, cpuPeriodUs: 100_000, cpuQuotaUs: 50_000, memoryFailures: 3, kernelMemoryBytes: 10 }],
])('readCgroupDetails: version %s', (_version, files, want) => { expect(readCgroupDetails(write(files), 'p')).toMatchObject(want); });

test('a group that is gone has no figures', () => {
  const files = write(V1);
  expect([readCgroupUsage(files, 'gone', 0), readCgroupDetails(files, 'gone')]).toMatchObject([undefined, { processes: 0, io: [] }]);
});

test.each([['max', undefined], ['100\n', 100], ['9223372036854771712', undefined], ['-1', undefined], [undefined, undefined], ['', 0]])('parseLimit: %s', (text, want) => { expect(parseLimit(text)).toBe(want); });

test('CpuRates: what was used between two looks that lie apart', () => {
  const files = write(V1);
  const rates = new CpuRates(files);
  rates.sample(['p', 'gone'], 10_000);
  expect(rates.nanoCores('p')).toBeUndefined();
  writeFileSync(path.join(mount, 'cpuacct/p/cpuacct.usage'), '5500000000\n');
  rates.sample(['p'], 10_500); // too soon: nothing is known yet
  expect(rates.nanoCores('p')).toBeUndefined();
  rates.sample(['p'], 12_000);
  expect(rates.nanoCores('p')).toBe(250_000_000);
  rates.sample([], 20_000);
  expect(rates.nanoCores('p')).toBeUndefined();
});

import { type CgroupFiles, parseFlat, parseLimit, readText } from './cgroup-files.ts';

export interface DeviceIo { device: string; readBytes: number; writeBytes: number; reads: number; writes: number }

/** What /metrics/cadvisor tells of a control group beside its use of processors and memory. */
export interface CgroupDetails {
  processes: number;
  threads: number | undefined;
  threadsMax: number | undefined;
  oomKills: number;
  io: readonly DeviceIo[];
  cpuShares: number | undefined;
  cpuPeriodUs: number | undefined;
  cpuQuotaUs: number | undefined;
  memoryReservationBytes: number;
  memoryMaxUsageBytes: number | undefined;
  memoryFailures: number;
  kernelMemoryBytes: number;
}

export function readCgroupDetails(files: CgroupFiles, group: string): CgroupDetails {
  const number = (controller: string, file: string): number | undefined => {
    const text = files.read(controller, group, file);
    return text === undefined ? undefined : Number(text);
  };
  const common = { processes: countProcesses(files, group), threads: number('pids', 'pids.current'), threadsMax: parseLimit(files.read('pids', group, 'pids.max')) };
  const text = (controller: string, file: string): string => files.read(controller, group, file) ?? '';
  if (files.version === 1) {
    return {
      ...common, oomKills: parseFlat(text('memory', 'memory.oom_control')).get('oom_kill') ?? 0, io: blockIoV1(text('blkio', 'blkio.throttle.io_service_bytes'), text('blkio', 'blkio.throttle.io_serviced')),
      cpuShares: number('cpu', 'cpu.shares'), cpuPeriodUs: number('cpu', 'cpu.cfs_period_us'), cpuQuotaUs: number('cpu', 'cpu.cfs_quota_us'),
      memoryReservationBytes: parseLimit(files.read('memory', group, 'memory.soft_limit_in_bytes')) ?? 0, memoryMaxUsageBytes: number('memory', 'memory.max_usage_in_bytes'),
      memoryFailures: number('memory', 'memory.failcnt') ?? 0, kernelMemoryBytes: number('memory', 'memory.kmem.usage_in_bytes') ?? 0,
    };
  }
  const [quota, period] = text('cpu', 'cpu.max').trim().split(' ');
  const events = parseFlat(text('memory', 'memory.events'));
  return {
    ...common, oomKills: events.get('oom_kill') ?? 0, io: blockIoV2(text('io', 'io.stat')),
    cpuShares: sharesOfWeight(number('cpu', 'cpu.weight')), cpuPeriodUs: period === undefined ? undefined : Number(period), cpuQuotaUs: quota === undefined || quota === 'max' ? undefined : Number(quota),
    memoryReservationBytes: number('memory', 'memory.low') ?? 0, memoryMaxUsageBytes: number('memory', 'memory.peak'),
    memoryFailures: events.get('max') ?? 0, kernelMemoryBytes: parseFlat(text('memory', 'memory.stat')).get('kernel') ?? 0,
  };
}

/** The first process of a group: all of a sandbox's share its network. */
export function firstProcess(files: CgroupFiles, group: string): number | undefined {
  const pid = /^\d+/.exec(files.read('memory', group, 'cgroup.procs') ?? '')?.[0];
  return pid === undefined ? undefined : Number(pid);
}

export function countProcesses(files: CgroupFiles, group: string): number {
  let count = 0;
  for (const character of files.read('memory', group, 'cgroup.procs') ?? '') if (character === '\n') count++;
  return count;
}

/** Lines of `8:0 Read 123`. Pure, but for the devices' names. */
function blockIoV1(bytes: string, operations: string): DeviceIo[] {
  const found = new Map<string, DeviceIo>();
  const take = (text: string, add: (io: DeviceIo, isRead: boolean, value: number) => void): void => {
    for (const [, numbers = '', what = '', value = ''] of text.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm)) {
      const io = found.get(numbers) ?? { device: deviceName(numbers), readBytes: 0, writeBytes: 0, reads: 0, writes: 0 };
      found.set(numbers, io);
      add(io, what === 'Read', Number(value));
    }
  };
  take(bytes, (io, isRead, value) => { if (isRead) io.readBytes = value; else io.writeBytes = value; });
  take(operations, (io, isRead, value) => { if (isRead) io.reads = value; else io.writes = value; });
  return [...found.values()];
}

/** Lines of `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …`. */
function blockIoV2(text: string): DeviceIo[] {
  return [...text.matchAll(/^(\d+:\d+) (.*)$/gm)].map(([, numbers = '', rest = '']) => {
    const value = (name: string): number => Number(new RegExp(`\\b${name}=(\\d+)`).exec(rest)?.[1] ?? 0);
    return { device: deviceName(numbers), readBytes: value('rbytes'), writeBytes: value('wbytes'), reads: value('rios'), writes: value('wios') };
  });
}

const deviceNames = new Map<string, string>(); // the machine has few
function deviceName(numbers: string): string {
  const known = deviceNames.get(numbers);
  if (known !== undefined) return known;
  const name = /^DEVNAME=(.+)$/m.exec(readText(`/sys/dev/block/${numbers}/uevent`) ?? '')?.[1];
  const device = name === undefined ? numbers : `/dev/${name}`;
  deviceNames.set(numbers, device);
  return device;
}

/** Version 2 weighs 1 to 10000 where version 1 shared 2 to 262144. */
function sharesOfWeight(weight: number | undefined): number | undefined {
  return weight === undefined ? undefined : Math.round(2 + ((weight - 1) * 262_142) / 9999);
}

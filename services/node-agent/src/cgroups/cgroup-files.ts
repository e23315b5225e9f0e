import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CgroupAmounts } from './compute-pod-cgroup.ts';
import { CGROUP_MOUNT, cgroupVersion, removeCgroup, type RemoveCgroup } from './hierarchies.ts';

/** Hierarchies of version 1 that the node agent writes to; the runtime makes a pod's group in the others itself. */
const CONTROLLERS = ['cpu', 'memory', 'pids'] as const;
type Controller = typeof CONTROLLERS[number];

/** The kernel's control groups, in either version. Groups are named by their path below the root. */
export interface Cgroups {
  /** Makes the group where it is not there yet. */
  create(group: string): Promise<void>;
  set(group: string, amounts: CgroupAmounts): Promise<void>;
  /** Bytes in use; undefined where nobody counts. */
  memoryUsage(group: string): Promise<number | undefined>;
  remove: RemoveCgroup;
}

export function systemCgroups(): Cgroups {
  return cgroupVersion() === 2 ? unifiedCgroups() : splitCgroups();
}

const EVERYWHERE = { recursive: true, mode: 0o755 } as const;

/** Version 1: one hierarchy a controller. */
function splitCgroups(): Cgroups {
  const file = (controller: Controller, group: string, name: string): string => path.join(CGROUP_MOUNT, controller, group, name);
  return {
    async create(group) { await Promise.all(CONTROLLERS.map((controller) => mkdir(path.join(CGROUP_MOUNT, controller, group), EVERYWHERE))); },
    async set(group, { cpuShares, cpuQuotaUs, cpuPeriodUs, memoryBytes, pidsMax }) {
      const writes: [Controller, string, number | undefined][] = [
        ['cpu', 'cpu.shares', cpuShares], ['cpu', 'cpu.cfs_period_us', cpuPeriodUs], ['cpu', 'cpu.cfs_quota_us', cpuQuotaUs], ['memory', 'memory.limit_in_bytes', memoryBytes], ['pids', 'pids.max', pidsMax],
      ];
      for (const [controller, name, value] of writes) if (value !== undefined) await writeFile(file(controller, group, name), String(value));
    },
    memoryUsage: (group) => readNumber(file('memory', group, 'memory.usage_in_bytes')),
    remove: removeCgroup,
  };
}

/** Version 2: one hierarchy, whose groups hand controllers down. */
function unifiedCgroups(): Cgroups {
  const dir = (group: string): string => path.join(CGROUP_MOUNT, group);
  return {
    async create(group) {
      await mkdir(dir(group), EVERYWHERE);
      const parts = group.split('/').filter((one) => one !== '');
      for (let depth = 0; depth < parts.length; depth++) await writeFile(path.join(dir(parts.slice(0, depth).join('/')), 'cgroup.subtree_control'), CONTROLLERS.map((one) => `+${one}`).join(' '));
    },
    async set(group, { cpuShares, cpuQuotaUs, cpuPeriodUs, memoryBytes, pidsMax }) {
      const write = async (name: string, value: string): Promise<void> => { await writeFile(path.join(dir(group), name), value); };
      if (cpuShares !== undefined) await write('cpu.weight', String(cpuWeight(cpuShares)));
      if (cpuQuotaUs !== undefined && cpuPeriodUs !== undefined) await write('cpu.max', `${cpuQuotaUs < 0 ? 'max' : cpuQuotaUs} ${cpuPeriodUs}`);
      if (memoryBytes !== undefined) await write('memory.max', String(memoryBytes));
      if (pidsMax !== undefined) await write('pids.max', String(pidsMax));
    },
    memoryUsage: (group) => readNumber(path.join(dir(group), 'memory.current')),
    remove: removeCgroup,
  };
}

/** The weight, 1 to 10,000, that stands for shares, 2 to 262,144, as runtimes convert them. */
export function cpuWeight(shares: number): number { return Math.floor(1 + ((shares - 2) * 9999) / 262_142); }

async function readNumber(file: string): Promise<number | undefined> {
  try { return Number((await readFile(file, 'utf8')).trim()); } catch { return undefined; } // no such group
}

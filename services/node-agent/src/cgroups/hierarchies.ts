import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';

/** Where the kernel shows its control groups. */
export const CGROUP_MOUNT: string = '/sys/fs/cgroup';

/** 1: a hierarchy for each controller; 2: one for all of them. */
export type CgroupVersion = 1 | 2;

export function cgroupVersion(mount: string = CGROUP_MOUNT): CgroupVersion { return existsSync(path.join(mount, 'cgroup.controllers')) ? 2 : 1; }

/** Folders in which a group may lie: the mount itself, which is the hierarchy of version 2, and those of version 1 below it. */
export async function hierarchyRoots(mount: string = CGROUP_MOUNT): Promise<readonly string[]> {
  const entries = await readdir(mount, { withFileTypes: true }).catch(() => []); // a host without control groups
  return [mount, ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(mount, name))];
}

export type RemoveCgroup = (group: string) => Promise<void>;

/** Removes a pod's group in every hierarchy: the runtime makes it, and removes only its own below it. */
export const removeCgroup: RemoveCgroup = async (group) => {
  await Promise.all((await hierarchyRoots()).map((root) => rmdir(path.join(root, group)).catch(() => undefined))); // not in this hierarchy, or still in use: tried again with the next pod
};

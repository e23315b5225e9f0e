import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';

const CGROUP_MOUNT = '/sys/fs/cgroup';

export type RemoveCgroup = (parent: string) => Promise<void>;

/** Removes a pod's control group in every hierarchy: the runtime makes it, and removes its own below it only. */
export const removeCgroup: RemoveCgroup = async (parent) => {
  const hierarchies = await readdir(CGROUP_MOUNT, { withFileTypes: true });
  const roots = [CGROUP_MOUNT, ...hierarchies.filter((entry) => entry.isDirectory()).map((entry) => path.join(CGROUP_MOUNT, entry.name))];
  await Promise.all(roots.map((root) => rmdir(path.join(root, parent)).catch(() => undefined))); // not in this hierarchy, or still in use: tried again with the next pod
};

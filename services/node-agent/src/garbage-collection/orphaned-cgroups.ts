import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RemoveCgroup } from '../runtime/remove-cgroups.ts';

const CGROUP_MOUNT = '/sys/fs/cgroup';
const CLASSES = ['', 'burstable', 'besteffort'];

export interface CgroupDeps { cgroupRoot: string; isKnown: (podUid: string) => boolean; removeCgroup: RemoveCgroup; nowMs: number; mount?: string }

/** Another node of the same host may be about to put containers into a younger one. */
const MIN_AGE_MS = 600_000;

/** Removes the control groups of pods that nobody knows; one with a process in it stays, since the kernel removes no such group. */
export async function removeOrphanedCgroups({ cgroupRoot, isKnown, removeCgroup, nowMs, mount = CGROUP_MOUNT }: CgroupDeps): Promise<void> {
  const orphans = new Set<string>();
  const hierarchies = await readdir(mount, { withFileTypes: true }).catch(() => []); // a host without control groups
  const roots = [mount, ...hierarchies.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(mount, name))];
  for (const root of roots) {
    for (const qos of CLASSES) {
      const parent = path.posix.join(cgroupRoot, 'kubepods', qos);
      for (const name of await readdir(path.join(root, parent)).catch(() => [])) { // not in this hierarchy
        if (!name.startsWith('pod') || isKnown(name.slice('pod'.length))) continue;
        const found = await stat(path.join(root, parent, name)).catch(() => undefined); // gone meanwhile
        if (found !== undefined && nowMs - found.mtimeMs > MIN_AGE_MS) orphans.add(path.posix.join(parent, name));
      }
    }
  }
  for (const orphan of orphans) await removeCgroup(orphan);
}

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { hierarchyRoots, type RemoveCgroup } from '../cgroups/hierarchies.ts';
import { podOfGroup, tierGroups } from '../pod/pod-cgroup-names.ts';

export interface CgroupDeps { cgroupRoot: string; isKnown: (podUid: string) => boolean; removeCgroup: RemoveCgroup; nowMs: number; mount?: string }

/** Another node of the same host may be about to put containers into a younger one. */
const MIN_AGE_MS = 600_000;

/** Removes the control groups of pods that nobody knows; one with a process in it stays, since the kernel removes no such group. */
export async function removeOrphanedCgroups({ cgroupRoot, isKnown, removeCgroup, nowMs, mount }: CgroupDeps): Promise<void> {
  const orphans = new Set<string>();
  for (const root of await hierarchyRoots(mount)) {
    for (const tier of tierGroups(cgroupRoot)) {
      for (const name of await readdir(path.join(root, tier)).catch(() => [])) { // not in this hierarchy
        const uid = podOfGroup(name);
        if (uid === undefined || isKnown(uid)) continue;
        const found = await stat(path.join(root, tier, name)).catch(() => undefined); // gone meanwhile
        if (found !== undefined && nowMs - found.mtimeMs > MIN_AGE_MS) orphans.add(path.posix.join(tier, name));
      }
    }
  }
  for (const orphan of orphans) await removeCgroup(orphan);
}

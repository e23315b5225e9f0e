import { lstat, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OpenPath } from './files/open-path.ts';
import { openSubPath } from './files/safe-sub-path.ts';
import { mountedAt } from './mount-info.ts';
import type { Mounter } from './mounter.ts';

export interface SubPathRequest {
  podDir: string;
  /** The volume's own name. */
  volume: string;
  /** Where the volume is. */
  root: string;
  subPath: string;
  container: string;
  /** Which of the container's mounts it is. */
  index: number;
}

/**
 * Binds a part of a volume to a place that only the node agent can change, and resolves to that place. A container that swaps the part for
 * a link afterwards, or meanwhile, changes nothing: what is bound is what was opened. Errors are for the log.
 */
export async function bindSubPath(mounter: Mounter, { podDir, volume, root, subPath, container, index }: SubPathRequest): Promise<string> {
  using part = await openSubPath(root, subPath);
  const target = path.join(podDir, 'volume-subpaths', volume, container, String(index));
  if (mountedAt(await mounter.list(), target) !== undefined) {
    if (await isSame(target, part)) return target;
    await mounter.unmount(target);
  }
  await makeTarget(target, part);
  await mounter.mount({ source: part.foreignPath, target, type: '', options: ['bind'], verbatim: true });
  return target;
}

async function isSame(target: string, { stats }: OpenPath): Promise<boolean> {
  const found = await lstat(target);
  return found.dev === stats.dev && found.ino === stats.ino;
}

async function makeTarget(target: string, { stats }: OpenPath): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true, mode: 0o750 });
  if (stats.isDirectory()) await mkdir(target, { recursive: true, mode: 0o750 });
  else await writeFile(target, '', { mode: 0o640 }); // whatever kind of file is bound over it
}

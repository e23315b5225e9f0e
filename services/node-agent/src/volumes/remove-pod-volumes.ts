import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { podDir } from '../pod/pod-paths.ts';
import { computeRemoval, type FoundVolume } from './compute-volume-actions.ts';
import { isMissing } from './files/error-code.ts';
import { removeTree } from './files/remove-tree.ts';
import type { Mounter } from './mounter.ts';
import { VolumeError } from './volume-error.ts';
import { escapePluginName, type VolumePlugin } from './volume-plugin.ts';

export interface RemovalDeps { rootDir: string; plugins: readonly VolumePlugin[]; mounter: Mounter; logger: Logger }
export interface Removal { uid: string; observe: (plugin: string, step: () => Promise<void>) => Promise<void> }

/**
 * Takes away what is found of a pod's volumes, mounted or not, whoever made it, and then the pod's directory. Data that is not the pod's own
 * is never deleted: below `volumes` only empty directories are removed once the plugins are done, and nothing that is still mounted.
 */
export async function removePodVolumes(deps: RemovalDeps, { uid, observe }: Removal): Promise<void> {
  const dir = podDir(deps.rootDir, uid);
  const volumes = await findVolumes(dir);
  const byName = new Map(deps.plugins.map((plugin) => [escapePluginName(plugin.name), plugin]));
  const plan = computeRemoval({ dir, volumes, mounts: await deps.mounter.list(), knownPlugins: new Set(byName.keys()) });
  for (const point of plan.unmountFirst) await deps.mounter.unmount(point);
  const faults: string[] = [];
  await Promise.all(plan.tearDown.map(async ({ plugin: escaped, ...found }) => {
    const plugin = byName.get(escaped);
    if (plugin === undefined) return;
    try { await observe(plugin.name, () => plugin.tearDown({ uid, ...found })); } catch (error) { faults.push(`UnmountVolume.TearDown failed for volume "${found.name}" : ${errorMessage(error)}`); }
  }));
  for (const { plugin, name } of plan.unknown) faults.push(`no volume plugin matched for volume "${name}" in ${plugin}`);
  if (faults.length > 0) throw new VolumeError(faults.join('; '));
  await removePodDir(deps, dir);
}

/** Looks for what plugins left behind: `volumes/PLUGIN/NAME` and, for raw devices, `volumeDevices/PLUGIN/NAME`. */
export async function findVolumes(podDirectory: string): Promise<FoundVolume[]> {
  const found: FoundVolume[] = [];
  for (const kind of ['volumes', 'volumeDevices']) {
    for (const plugin of await namesIn(path.join(podDirectory, kind))) {
      const parent = path.join(podDirectory, kind, plugin);
      for (const name of await namesIn(parent)) found.push({ plugin, name, dir: path.join(parent, name), block: kind === 'volumeDevices' });
    }
  }
  return found;
}

async function namesIn(dir: string): Promise<string[]> {
  try { return await readdir(dir); } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function removePodDir({ mounter }: RemovalDeps, dir: string): Promise<void> {
  const left = await mounter.mountsBelow(dir);
  if (left.length > 0) throw new VolumeError(`still mounted: ${left.join(', ')}`);
  for (const kind of ['volumes', 'volumeDevices']) await removeEmptyDirs(path.join(dir, kind));
  await removeTree(dir);
}

/** Two levels of directories and themselves; fails where anything else is left. */
async function removeEmptyDirs(dir: string): Promise<void> {
  for (const name of await namesIn(dir)) await rmdir(path.join(dir, name));
  await rmdir(dir).catch((error: unknown) => { if (!isMissing(error)) throw error; });
}

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { allContainers, type Pod } from '../../pod/pod-facts.ts';
import { VolumeError } from '../volume-error.ts';

/**
 * Where in a volume other volumes of the pod are mounted: a volume that is mounted for reading only must have these directories before.
 * Those inside another one of these are left out. Relative paths.
 */
export function nestedMountPoints(pod: Pod, volume: string): string[] {
  return allContainers(pod).flatMap(({ volumeMounts = [] }) => {
    const all = volumeMounts.map(({ mountPath }) => path.posix.normalize(mountPath).replace(/(?<=.)\/$/, '')).sort();
    const own = volumeMounts.filter(({ name }) => name === volume).map(({ mountPath }) => path.posix.normalize(mountPath).replace(/(?<=.)\/$/, ''));
    return own.flatMap((point) => {
      if (point.startsWith('../')) throw new VolumeError(`invalid container mount point ${point}`);
      const inside = all.filter((one) => one.startsWith(`${point}/`));
      return inside.filter((one) => !inside.some((outer) => one.startsWith(`${outer}/`))).map((one) => one.slice(point.length + 1));
    });
  });
}

export async function makeNestedMountPoints(dir: string, pod: Pod, volume: string): Promise<void> {
  for (const point of nestedMountPoints(pod, volume)) await mkdir(path.join(dir, point), { recursive: true, mode: 0o755 });
}

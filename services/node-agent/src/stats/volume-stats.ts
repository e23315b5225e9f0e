import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { podDir } from '../pod/pod-paths.ts';
import { type FilesystemUsage, filesystemUsage } from './filesystem-usage.ts';
import type { DriverUsage } from '../volumes/volume-plugin.ts';
import type { StorageStats } from './storage-stats.ts';

export interface VolumeFigures {
  name: string;
  claim: { name: string; namespace: string } | undefined;
  /** Of the pod alone, and gone with it: counts as ephemeral storage. */
  isEphemeral: boolean;
  filesystem: FilesystemUsage;
  usedBytes: number;
  inodesUsed: number;
}

export interface VolumeStatsDeps {
  storage: Pick<StorageStats, 'directory'>;
  clock: Clock;
  rootDir: string;
  /** Where volumes behind claims lie, by name of the volume. */
  claimedDirs: (uid: string) => ReadonlyMap<string, string>;
  /** What a volume's driver says of it; undefined where it says nothing. */
  driverUsage: (uid: string, volume: string) => Promise<DriverUsage | undefined>;
}

/** Volumes whose content is the pod's own: counted file by file. A claim's file system is told as a whole. */
const COUNTED: readonly (readonly [keyof coreV1.Volume, string])[] = [
  ['emptyDir', 'kubernetes.io~empty-dir'], ['configMap', 'kubernetes.io~configmap'], ['secret', 'kubernetes.io~secret'],
  ['downwardAPI', 'kubernetes.io~downward-api'], ['projected', 'kubernetes.io~projected'],
];

/** What each volume of a pod holds, as far as that can be told. */
export async function volumeFigures(deps: VolumeStatsDeps, pod: Pod): Promise<readonly VolumeFigures[]> {
  const claimed = deps.claimedDirs(podUid(pod));
  const figures = await Promise.all((pod.spec?.volumes ?? []).map(async (volume) => {
    const plugin = COUNTED.find(([kind]) => volume[kind] !== undefined)?.[1];
    if (plugin !== undefined) return countedFigures(deps, volume, path.join(podDir(deps.rootDir, podUid(pod)), 'volumes', plugin, volume.name));
    const claim = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`);
    const dir = claimed.get(volume.name);
    return claim === undefined || dir === undefined ? undefined : claimFigures(deps, { uid: podUid(pod), volume: volume.name, dir, claim: { name: claim, namespace: pod.metadata.namespace ?? '' } });
  }));
  return figures.filter((one) => one !== undefined);
}

async function countedFigures({ storage, clock }: VolumeStatsDeps, volume: coreV1.Volume, dir: string): Promise<VolumeFigures | undefined> {
  const filesystem = await filesystemUsage(dir, clock.now());
  if (filesystem === undefined) return undefined;
  const isOnDisk = (volume.emptyDir && (volume.emptyDir.medium ?? '') === '') ?? volume.configMap !== undefined;
  return { name: volume.name, claim: undefined, isEphemeral: isOnDisk, filesystem, ...await storage.directory(dir) };
}

async function claimFigures({ clock, driverUsage }: VolumeStatsDeps, { uid, volume, dir, claim }: { uid: string; volume: string; dir: string; claim: { name: string; namespace: string } }): Promise<VolumeFigures | undefined> {
  const told = await driverUsage(uid, volume);
  const filesystem = told === undefined ? await filesystemUsage(dir, clock.now()) : { ...told, atMs: clock.now() };
  if (filesystem === undefined) return undefined;
  return { name: volume, claim, isEphemeral: false, filesystem, usedBytes: filesystem.usedBytes, inodesUsed: filesystem.inodes - filesystem.inodesFree };
}
